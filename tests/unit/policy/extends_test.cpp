#include "policy/extends.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/text.hpp"
#include "policy/rules.hpp"
#include "unit/policy/facts.hpp"

using namespace policy_test;  // NOLINT(google-build-using-namespace)

namespace {

// A folder of policies, gone at the end.
class Folder {
  public:
    Folder() {
        REQUIRE(mkdtemp(name_) != nullptr);
        path_ = name_;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    void put(const std::string& name, std::string_view text) const {
        std::ofstream(path_ / name) << text;
    }
    [[nodiscard]] std::shared_ptr<const Policy> load(const std::string& name) const {
        auto policy = Policy::load((path_ / name).string());
        if (!policy) FAIL(policy.error().message());
        return *policy;
    }
    [[nodiscard]] Error refused(const std::string& name) const {
        auto policy = Policy::load((path_ / name).string());
        if (policy) FAIL("the policy was not refused");
        return policy.error();
    }

  private:
    char name_[32] = "/tmp/postwacht-extends-XXXXXX";
    std::filesystem::path path_;
};

std::string child(std::string_view base, std::string_view more = {}) {
    return "[policy]\nname = \"child\"\nextends = \"" + std::string(base) + "\"\n" +
           std::string(more);
}

bool says(const Error& error, const std::string& where, const std::string& what) {
    CAPTURE(error.message());
    return error.where.ends_with(where) && error.detail.find(what) != std::string::npos;
}

// What an addressee with this relation may have.
Action answer(const Policy& policy, std::uint32_t category, const std::string& relation) {
    Letter letter;
    letter.about("S-1", {category}).to("<x@y.example>", {{related(relation)}});
    return policy.judge(letter.facts).recipients[0].action;
}

bool recognises(const Policy& policy, std::string_view text) {
    std::vector<match::Hit> hits;
    REQUIRE(policy.vocabulary().scan(text::fold(text), hits).has_value());
    return std::any_of(hits.begin(), hits.end(),
                       [](const match::Hit& hit) { return hit.kind == match::HitKind::category; });
}

}  // namespace

TEST_CASE("a policy says only in what it differs from another one", "[extends]") {
    const Folder folder;
    folder.put("base.toml", small_policy());
    folder.put("child.toml", child("base.toml",
                                   "[disclosure]\nbenefit = { employer = \"tag\" }\n"
                                   "medical = { insurer = \"accept\" }\n"));
    const auto policy = folder.load("child.toml");
    CHECK(policy->name() == "child");
    CHECK(answer(*policy, benefit, "employer") == Action::tag);
    CHECK(answer(*policy, benefit, "insurer") == Action::quarantine);
    CHECK(answer(*policy, medical, "insurer") == Action::accept);
    CHECK(answer(*policy, medical, "employer") == Action::reject);
    CHECK(policy->vocabulary().category_names() == std::vector<std::string>{"benefit", "medical"});
}

TEST_CASE("a verdict names the file that decided", "[extends]") {
    const Folder folder;
    folder.put("base.toml", small_policy());
    folder.put("child.toml",
               child("base.toml", "\n[disclosure]\nbenefit = { employer = \"tag\" }"));
    const auto policy = folder.load("child.toml");
    Letter letter;
    letter.about("S-1", {benefit}).about("S-2", {medical});
    letter.to("<x@y.example>", {{related("employer")}, {related("employer")}});
    const auto verdict = policy->judge(letter.facts);
    REQUIRE(verdict.recipients[0].reasons.size() == 2);
    CHECK(verdict.recipients[0].reasons[0].place == "base.toml:11");
    CHECK(verdict.recipients[0].reasons[1].place == "child.toml:6");
}

TEST_CASE("a shipped policy is extended by its name, from text too", "[extends]") {
    const auto policy = load(child("nl-social-security", R"([scope]
own_domains = ["agency.example"]
[disclosure.debts]
employer = "tag"
)"));
    const auto& names = policy->vocabulary().category_names();
    const auto debts =
        static_cast<std::uint32_t>(std::find(names.begin(), names.end(), "debts") - names.begin());
    CHECK(answer(*policy, debts, "employer") == Action::tag);
    CHECK(answer(*policy, debts, "authority") == Action::accept);
    CHECK(answer(*policy, debts, "care_provider") == Action::quarantine);
}

TEST_CASE("the words of a category are replaced, added to or taken away", "[extends]") {
    const Folder folder;
    folder.put("base.toml", replaced(small_policy(), "\"uitkering\"",
                                     "\"uitkering\", \"toelage\", \"bijslag\""));
    folder.put("replace.toml",
               child("base.toml", "[categories.benefit]\nterms = [\"pensioen\"]\n"));
    folder.put("change.toml", child("base.toml",
                                    "[categories.benefit]\nadd_terms = [\"pensioen\"]\n"
                                    "remove_terms = [\"bijslag\"]\n"
                                    "add_patterns = ['\\baow\\b']\n"));
    const auto other = folder.load("replace.toml");
    CHECK(recognises(*other, "uw pensioen"));
    CHECK_FALSE(recognises(*other, "uw uitkering"));
    const auto changed = folder.load("change.toml");
    CHECK(recognises(*changed, "uw pensioen"));
    CHECK(recognises(*changed, "uw uitkering"));
    CHECK(recognises(*changed, "uw toelage"));
    CHECK(recognises(*changed, "uw AOW"));
    CHECK_FALSE(recognises(*changed, "uw bijslag"));
    CHECK(recognises(*changed, "de diagnose"));
}

TEST_CASE("weights and the threshold are laid over those below", "[extends]") {
    const Folder folder;
    folder.put("base.toml",
               replaced(small_policy(), "[\"uitkering\"]",
                        "[{ term = \"uitkering\", weight = 1 }, { term = \"verlof\", weight = "
                        "1 }]\nthreshold = 2"));
    folder.put("more.toml", child("base.toml",
                                  "[categories.benefit]\nthreshold = 3\nadd_terms = [{ term = "
                                  "\"bevalling\", weight = 2 }]\nremove_terms = [\"verlof\"]"));
    CHECK(recognises(*folder.load("base.toml"), "uitkering en verlof"));
    const auto more = folder.load("more.toml");
    CHECK_FALSE(recognises(*more, "uitkering en verlof"));
    CHECK_FALSE(recognises(*more, "bevalling"));
    CHECK(recognises(*more, "bevalling: uitkering"));
}

TEST_CASE("what changes no list is an error", "[extends]") {
    const Folder folder;
    folder.put("base.toml", small_policy());
    folder.put("gone.toml",
               child("base.toml", "[categories.benefit]\nremove_terms = [\"uitkring\"]"));
    CHECK(says(folder.refused("gone.toml"), "gone.toml:5:17", "'uitkring' is not among the terms"));
    folder.put("none.toml", child("base.toml", "[categories.benefit]\nremove_patterns = ['x']"));
    CHECK(says(folder.refused("none.toml"), "none.toml:5:19", "no patterns to remove"));
    folder.put("new.toml", child("base.toml", "[categories.other]\nadd_terms = [\"x1\"]"));
    CHECK(says(folder.refused("new.toml"), "new.toml:5:13", "there is none"));
    CHECK(says(refused(replaced(small_policy(), "terms =", "add_terms =")), "small.toml:6:13",
               "there is none"));
    folder.put("twice.toml",
               child("base.toml", "[categories.benefit]\nadd_terms = [\"uitkering\"]"));
    CHECK(says(folder.refused("twice.toml"), "twice.toml:5:14", "twice"));
    folder.put("kind.toml", child("base.toml", "[categories.benefit]\nadd_terms = \"x\""));
    CHECK(says(folder.refused("kind.toml"), "kind.toml:5:13", "must be an array"));
}

TEST_CASE("exceptions are kept beside each other, and replaced by id", "[extends]") {
    const auto exception = [](const std::string& id, const std::string& recipient) {
        return "[[exception]]\nid = \"" + id + "\"\nsenders = [\"letters@agency.example\"]\n" +
               "recipients = [\"*@" + recipient +
               "\"]\ncategories = [\"*\"]\nexpires = 2099-01-01\n" +
               "owner = \"privacy officer\"\nreason = \"agreed\"\n";
    };
    const Folder folder;
    folder.put("base.toml",
               small_policy(exception("a", "a.example") + exception("b", "b.example")));
    folder.put("child.toml",
               child("base.toml", exception("b", "other.example") + exception("c", "c.example")));
    const auto policy = folder.load("child.toml");
    const auto passes = [&policy](const std::string& domain) {
        Letter letter;
        letter.about("S-1", {medical}).to("<x@" + domain + ">", {{}});
        return policy->judge(letter.facts).action == Action::accept;
    };
    CHECK(passes("a.example"));
    CHECK(passes("other.example"));
    CHECK(passes("c.example"));
    CHECK_FALSE(passes("b.example"));
    folder.put("two.toml",
               child("base.toml", exception("d", "d.example") + exception("d", "e.example")));
    CHECK(says(folder.refused("two.toml"), "two.toml:13:1", "two exceptions 'd'"));
}

TEST_CASE("an error names the file it is in", "[extends]") {
    const Folder folder;
    folder.put("base.toml", replaced(small_policy(), "\"tag\"", "\"tga\""));
    folder.put("child.toml", child("base.toml"));
    CHECK(says(folder.refused("child.toml"), "base.toml:12:47", "unknown action 'tga'"));
    folder.put("base.toml", small_policy());
    folder.put("child.toml", child("base.toml", "[disclosure]\nbenefit = { self = \"acept\" }\n"));
    CHECK(says(folder.refused("child.toml"), "child.toml:5:20", "unknown action 'acept'"));
    folder.put("base.toml", small_policy("[limits]\nsubject = 3\n"));
    folder.put("child.toml", child("base.toml"));
    CHECK(says(folder.refused("child.toml"), "base.toml:14:1", "unknown key 'subject'"));
    folder.put("base.toml", "[policy\n");
    CHECK(folder.refused("child.toml").where.find("base.toml:1:") != std::string::npos);
    // So does a warning.
    folder.put("base.toml", small_policy());
    folder.put("child.toml", child("base.toml"));
    const auto policy = folder.load("child.toml");
    folder.put("base.toml", small_policy("[incomplete]\nencrypted = \"accept\""));
    const auto loose = folder.load("child.toml");
    CHECK(std::any_of(loose->warnings().begin(), loose->warnings().end(), [](const auto& warning) {
        return warning.where.ends_with("base.toml:14:1");
    }));
}

TEST_CASE("policies that extend each other in a circle are refused", "[extends]") {
    const Folder folder;
    folder.put("a.toml", child("b.toml"));
    folder.put("b.toml", child("c.toml"));
    folder.put("c.toml", child("a.toml"));
    CHECK(says(folder.refused("a.toml"), "c.toml:3:11", "a.toml -> b.toml -> c.toml -> a.toml"));
    folder.put("self.toml", child("self.toml"));
    CHECK(says(folder.refused("self.toml"), "self.toml:3:11", "extends itself"));
    for (int i = 0; i < 9; ++i)
        folder.put("n" + std::to_string(i) + ".toml", child("n" + std::to_string(i + 1) + ".toml"));
    CHECK(says(folder.refused("n0.toml"), "n7.toml:3:11", "more than 8"));
}

TEST_CASE("what is extended must be there", "[extends]") {
    const Folder folder;
    folder.put("child.toml", child("gone.toml"));
    CHECK(says(folder.refused("child.toml"), "child.toml:3:11", "cannot be read"));
    for (const char* name : {"../base.toml", "/etc/passwd.toml"}) {
        folder.put("child.toml", child(name));
        CHECK(says(folder.refused("child.toml"), "child.toml:3:11", "no file beside the policy"));
    }
    folder.put("child.toml", child("nl-social-securty"));
    const auto error = folder.refused("child.toml");
    CHECK(says(error, "child.toml:3:11", "no shipped policy"));
    CHECK(error.hint.find("did you mean 'nl-social-security'?") != std::string::npos);
    folder.put("child.toml", child(""));
    CHECK(says(folder.refused("child.toml"), "child.toml:3:11", "no shipped policy"));
    CHECK(says(refused("[policy]\nname = \"x\"\nextends = 3\n"), "small.toml:3:11",
               "must be a string"));
    // Text without a folder has no files beside it.
    CHECK(says(refused(child("base.toml")), "small.toml:3:11", "no file beside the policy"));
}

TEST_CASE("a name and own domains are a policy's own", "[extends]") {
    const Folder folder;
    folder.put("base.toml", small_policy());
    folder.put("child.toml", "[policy]\nextends = \"base.toml\"\n");
    CHECK(says(folder.refused("child.toml"), "child.toml:1:1", "'name' of its own"));
    // Those of a shipped policy are an example: with them no mail would be judged.
    CHECK(says(refused(child("nl-social-security")), "small.toml:1:1", "own_domains"));
    folder.put("child.toml", child("base.toml"));
    CHECK(folder.load("child.toml")->in_scope(mail::parse_path("<a@agency.example>"), {}));
}

TEST_CASE("the identity of a policy covers what it extends", "[extends]") {
    const Folder folder;
    folder.put("base.toml", small_policy());
    folder.put("child.toml", child("base.toml"));
    const auto before = folder.load("child.toml")->id();
    CHECK(folder.load("child.toml")->id() == before);
    folder.put("base.toml", small_policy("# a word more\n"));
    const auto after = folder.load("child.toml")->id();
    CHECK(after != before);
    CHECK(after.starts_with("child@"));
    CHECK(after.size() == before.size());
    folder.put("base.toml", small_policy());
    folder.put("child.toml", child("base.toml", "# a word more\n"));
    CHECK(folder.load("child.toml")->id() != before);
}
