#include "extract/rtf_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace postwacht::extract::rtf {
namespace {

using enum Goes;

constexpr std::array destinations = {
    Destination{"header", aside, "header"},
    Destination{"headerl", aside, "header"},
    Destination{"headerr", aside, "header"},
    Destination{"headerf", aside, "header of the first page"},
    Destination{"footer", aside, "footer"},
    Destination{"footerl", aside, "footer"},
    Destination{"footerr", aside, "footer"},
    Destination{"footerf", aside, "footer of the first page"},
    Destination{"footnote", aside, "footnote"},
    Destination{"shptxt", aside, "text box"},
    Destination{"dptxbxtext", aside, "text box"},
    Destination{"shprslt", aside, "fallback of a shape", true},
    Destination{"annotation", aside, "comment", true},
    Destination{"atnauthor", aside, "comment author", true},
    Destination{"atnid", aside, "comment author", true},
    Destination{"fldinst", aside, "field instruction", true},
    Destination{"datafield", nowhere},
    Destination{"ffname", aside, "form field", true},
    Destination{"ffdeftext", aside, "form field", true},
    Destination{"ffl", aside, "form field", true},
    Destination{"ffformat", aside, "form field", true},
    Destination{"ffhelptext", aside, "form field", true},
    Destination{"ffstattext", aside, "form field", true},
    Destination{"docvar", aside, "document variable", true},
    Destination{"bkmkstart", aside, "bookmark", true},
    Destination{"bkmkend", nowhere},
    Destination{"revtbl", aside, "authors of revisions", true},
    Destination{"objclass", aside, "embedded object", true},
    Destination{"objname", aside, "embedded object", true},
    Destination{"template", property, "Template", true},
    Destination{"generator", property, "Generator", true},
    Destination{"title", property, "Title", true},
    Destination{"subject", property, "Subject", true},
    Destination{"author", property, "Author", true},
    Destination{"manager", property, "Manager", true},
    Destination{"company", property, "Company", true},
    Destination{"operator", property, "Last author", true},
    Destination{"category", property, "Category", true},
    Destination{"keywords", property, "Keywords", true},
    Destination{"comment", property, "Comment", true},
    Destination{"doccomm", property, "Comment", true},
    Destination{"hlinkbase", property, "Link base", true},
    Destination{"propname", property, "Name", true},
    Destination{"staticval", property, "Value", true},
    Destination{"linkval", property, "Linked bookmark", true},
    Destination{"info", aside, "document properties", true},
    Destination{"userprops", aside, "document properties", true},
    Destination{"fonttbl", fonts},
    Destination{"colortbl", colours},
    Destination{"stylesheet", nowhere},
    Destination{"listtable", nowhere},
    Destination{"listoverridetable", nowhere},
    Destination{"listpicture", nowhere},
    Destination{"pgptbl", nowhere},
    Destination{"rsidtbl", nowhere},
    Destination{"themedata", nowhere},
    Destination{"colorschememapping", nowhere},
    Destination{"latentstyles", nowhere},
    Destination{"datastore", nowhere},
    Destination{"fchars", nowhere},
    Destination{"lchars", nowhere},
    Destination{"xmlnstbl", nowhere},
    Destination{"wgrffmtfilter", nowhere},
    Destination{"mmathPr", nowhere},
    Destination{"passwordhash", nowhere},
    Destination{"blipuid", nowhere},
    Destination{"blipuidata", nowhere},
    Destination{"oleclsid", nowhere},
    Destination{"pnseclvl", nowhere},
    Destination{"defchp", nowhere},
    Destination{"atndate", nowhere},
    Destination{"atntime", nowhere},
    Destination{"atnref", nowhere},
    Destination{"atnparent", nowhere},
    Destination{"atrfstart", nowhere},
    Destination{"atrfend", nowhere},
    Destination{"pgdsctbl", nowhere},
    Destination{"pgdscno", nowhere},
    Destination{"hyphen", nowhere},
    Destination{"panose", nowhere},
    Destination{"falt", nowhere},
    Destination{"fname", nowhere},
    Destination{"ftnsep", nowhere},
    Destination{"ftnsepc", nowhere},
    Destination{"aftnsep", nowhere},
    Destination{"aftnsepc", nowhere},
    Destination{"defpap", nowhere},
    Destination{"pict", picture},
    Destination{"nonshppict", picture},
    Destination{"objdata", object},
    Destination{"objalias", nowhere},
    Destination{"objsect", nowhere},
    Destination{"htmltag", html_tag},
    Destination{"mhtmltag", nowhere},
    Destination{"upr", both_forms},
    Destination{"ud", unicode},
    Destination{"sn", shape_name},
    Destination{"sv", shape_value},
    // Starred, but what stands in them is shown or opens a destination of its own.
    Destination{"shppict"},
    Destination{"shpinst"},
    Destination{"shpgrp"},
    Destination{"do"},
    Destination{"background"},
    Destination{"formfield"},
    Destination{"nesttableprops", nowhere},
    Destination{"pn", nowhere},
    Destination{"picprop"},
};

using Character = std::pair<std::string_view, std::string_view>;
constexpr std::array characters = {
    Character{"tab", "\t"},
    Character{"emdash", "\xE2\x80\x94"},
    Character{"endash", "\xE2\x80\x93"},
    Character{"emspace", " "},
    Character{"enspace", " "},
    Character{"qmspace", " "},
    Character{"bullet", "\xE2\x80\xA2"},
    Character{"lquote", "\xE2\x80\x98"},
    Character{"rquote", "\xE2\x80\x99"},
    Character{"ldblquote", "\xE2\x80\x9C"},
    Character{"rdblquote", "\xE2\x80\x9D"},
};

}  // namespace

const Destination* find_destination(std::string_view word) noexcept {
    const auto* const found =
        std::find_if(destinations.begin(), destinations.end(),
                     [word](const Destination& known) { return known.word == word; });
    return found == destinations.end() ? nullptr : found;
}

std::string_view character_of(std::string_view word) noexcept {
    for (const auto& [known, text] : characters)
        if (known == word) return text;
    return {};
}

std::string_view charset_of(int code_page) noexcept {
    using Name = std::pair<int, std::string_view>;
    static constexpr std::array<Name, 38> names = {{
        {437, "cp437"},         {737, "cp737"},         {775, "cp775"},
        {850, "cp850"},         {852, "cp852"},         {855, "cp855"},
        {857, "cp857"},         {858, "cp858"},         {860, "cp860"},
        {861, "cp861"},         {862, "cp862"},         {863, "cp863"},
        {865, "cp865"},         {866, "cp866"},         {869, "cp869"},
        {874, "cp874"},         {932, "cp932"},         {936, "cp936"},
        {949, "cp949"},         {950, "cp950"},         {1250, "windows-1250"},
        {1251, "windows-1251"}, {1252, "windows-1252"}, {1253, "windows-1253"},
        {1254, "windows-1254"}, {1255, "windows-1255"}, {1256, "windows-1256"},
        {1257, "windows-1257"}, {1258, "windows-1258"}, {1361, "johab"},
        {10000, "macintosh"},   {10007, "maccyrillic"}, {20127, "us-ascii"},
        {20866, "koi8-r"},      {28592, "iso-8859-2"},  {28605, "iso-8859-15"},
        {54936, "gb18030"},     {65001, "utf-8"},
    }};
    for (const auto& [page, name] : names)
        if (page == code_page) return name;
    return "windows-1252";
}

int code_page_of_font(int font_charset) noexcept {
    using Page = std::pair<int, int>;
    static constexpr std::array<Page, 16> pages = {{{77, 10000},
                                                    {128, 932},
                                                    {129, 949},
                                                    {130, 1361},
                                                    {134, 936},
                                                    {136, 950},
                                                    {161, 1253},
                                                    {162, 1254},
                                                    {163, 1258},
                                                    {177, 1255},
                                                    {178, 1256},
                                                    {186, 1257},
                                                    {204, 1251},
                                                    {222, 874},
                                                    {238, 1250},
                                                    {255, 850}}};
    for (const auto& [charset, page] : pages)
        if (charset == font_charset) return page;
    return 0;
}

}  // namespace postwacht::extract::rtf
