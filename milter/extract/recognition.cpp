#include "extract/recognition.hpp"

#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "extract/familiar_pictures.hpp"
#include "extract/legible.hpp"

namespace postwacht::extract {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class Engine {
  public:
    // Nothing where the models are not installed.
    static Engine* get() {
        static Engine engine;
        return engine.ready_ ? &engine : nullptr;
    }

    tesseract::TessBaseAPI& api() noexcept { return api_; }

  private:
    Engine() {
        const std::string folder = models_of_recognition();
        // It would complain on standard error, and quote.
        api_.SetVariable("debug_file", "/dev/null");
        ready_ =
            !folder.empty() && api_.Init(folder.c_str(), "nld+eng", tesseract::OEM_LSTM_ONLY) == 0;
        if (ready_) api_.SetVariable("debug_file", "/dev/null");
    }

    tesseract::TessBaseAPI api_;
    bool ready_ = false;
};

// A picture with fewer things of the size of letters is not turned to look for words.
constexpr int fewest_letters = 20;

struct Attempt {
    std::string text;
    double certain = 0;  // letters and digits, each weighed with how sure it is
    double characters = 0;
    bool whole = true;
    [[nodiscard]] bool is_doubtful() const noexcept {
        constexpr double sure = 0.75;
        return certain < sure * characters || characters < fewest_letters;
    }
};

std::string text_of(const tesseract::ResultIterator& at) {
    const std::unique_ptr<char[]> text(at.GetUTF8Text(tesseract::RIL_WORD));
    return text ? std::string(text.get()) : std::string();
}

// What is between two words on a line: more than a few blanks part columns.
bool parts_columns(const tesseract::ResultIterator& at, int right_of_last) {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;
    at.BoundingBox(tesseract::RIL_TEXTLINE, &left, &top, &right, &bottom);
    const int height = bottom - top;
    at.BoundingBox(tesseract::RIL_WORD, &left, &top, &right, &bottom);
    return left - right_of_last > 2 * height;
}

void collect(tesseract::ResultIterator& at, Attempt& into) {
    constexpr float least_certain = 15;
    std::string line;
    int right_of_last = 0;
    do {
        if (at.Empty(tesseract::RIL_WORD)) continue;
        const float certain = at.Confidence(tesseract::RIL_WORD);
        const std::string word = text_of(at);
        if (certain >= least_certain && !word.empty()) {
            if (!line.empty()) line += parts_columns(at, right_of_last) ? '\t' : ' ';
            line += word;
            const auto size = static_cast<double>(word.size());
            into.certain += size * certain / 100;
            into.characters += size;
        }
        int left = 0;
        int top = 0;
        int bottom = 0;
        at.BoundingBox(tesseract::RIL_WORD, &left, &top, &right_of_last, &bottom);
        if (at.IsAtFinalElement(tesseract::RIL_TEXTLINE, tesseract::RIL_WORD)) {
            if (!line.empty()) into.text.append(line).append("\n");
            line.clear();
        }
    } while (at.Next(tesseract::RIL_WORD));
}

Attempt read_once(tesseract::TessBaseAPI& api, const Picture& picture,
                  steady_clock::time_point deadline) {
    Attempt out;
    const auto left = duration_cast<milliseconds>(deadline - steady_clock::now()).count();
    if (left <= 0) {
        out.whole = false;
        return out;
    }
    tesseract::ETEXT_DESC monitor;
    monitor.set_deadline_msecs(static_cast<std::int32_t>(std::min<std::int64_t>(left, 1U << 30U)));
    api.SetPageSegMode(tesseract::PSM_AUTO);
    api.SetImage(picture.pix());
    api.SetSourceResolution(300);
    out.whole = api.Recognize(&monitor) == 0 && !monitor.deadline_exceeded();
    const std::unique_ptr<tesseract::ResultIterator> at(api.GetIterator());
    if (at) collect(*at, out);
    api.Clear();
    return out;
}

// Upside down or on its side a page reads as gibberish that the engine itself doubts.
Attempt read_however_it_lies(Engine& engine, const Legible& legible,
                             steady_clock::time_point deadline) {
    Attempt best = read_once(engine.api(), legible.picture, deadline);
    if (legible.letters < fewest_letters) return best;
    for (const int quarters : {2, 3, 1}) {
        if (!best.whole || !best.is_doubtful()) return best;
        Attempt other = read_once(engine.api(), turned(legible.picture, quarters), deadline);
        const bool whole = other.whole;
        if (other.certain > best.certain) best = std::move(other);
        best.whole = whole;
    }
    return best;
}

Words recognise_within(const Picture& picture, steady_clock::time_point deadline, Budget& budget) {
    static FamiliarPictures familiar;
    if (auto known = familiar.words_of(picture)) return {std::move(*known), std::nullopt};
    const Legible legible = make_legible(picture);
    if (!legible.picture) return {};
    if (!budget.take_scan_page()) return {{}, Why::over_budget};
    Engine* engine = Engine::get();
    if (engine == nullptr) return {{}, Why::unsupported};
    Attempt attempt = read_however_it_lies(*engine, legible, deadline);
    Words words;
    words.text = std::move(attempt.text);
    while (words.text.ends_with('\n')) words.text.pop_back();
    if (attempt.whole)
        familiar.remember(picture, words.text);
    else
        words.missing = Why::over_budget;
    return words;
}

}  // namespace

Words recognise(const std::function<Picture()>& make, Budget& budget) {
    if (!budget.may_scan()) return {{}, Why::over_budget};
    const auto begin = steady_clock::now();
    const Picture picture = make();
    Words words;
    if (!picture)
        words.missing = Why::damaged;
    else if (!picture.is_blank())
        words = recognise_within(picture, begin + budget.scan_time_left(), budget);
    budget.charge_scan(duration_cast<milliseconds>(steady_clock::now() - begin));
    return words;
}

Words recognise(const Picture& picture, Budget& budget) {
    return recognise([&picture] { return picture.clone(); }, budget);
}

std::string models_of_recognition() {
    for (const char* folder : {"/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata"}) {
        std::error_code error;
        if (std::filesystem::exists(std::string(folder) + "/nld.traineddata", error) &&
            std::filesystem::exists(std::string(folder) + "/eng.traineddata", error))
            return folder;
    }
    return {};
}

}  // namespace postwacht::extract
