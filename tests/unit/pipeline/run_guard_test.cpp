#include "pipeline/run_guard.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "base/files.hpp"
#include "unit/pipeline/run_world.hpp"

using namespace postwacht;
using namespace postwacht::run_tests;

namespace {

extract::Reading reading_of(std::string text) {
    extract::Reading reading;
    reading.parts = {{"0", "", "text/rfc822-headers", 10, false, ""},
                     {"1", "", "text/plain", text.size(), false, ""}};
    reading.fragments = {{0, "From", false, false, "Afdeling Uitkeringen <post@agency.example>"},
                         {0, "Subject", false, false, "Uw aanvraag van zwangerschapsuitkering"},
                         {1, "text", false, false, std::move(text)}};
    return reading;
}

}  // namespace

TEST_CASE("a list that is shifted by one row is held from its fifth letter on") {
    // Whether or not the matrix finds anything wrong with the letters.
    const bool misaddressed = GENERATE(false, true);
    const int rows = GENERATE(1, -1);
    const World world;
    const auto run = shifted(500, rows, misaddressed);
    CHECK(leaving(world, run) == 4);
    const auto view = world.take(letter(700, 700));  // a right one
    REQUIRE(view.trip);
    CHECK(view.trip->why == RunTrip::Why::shift);
    CHECK(view.trip->offset == rows);
    CHECK(view.trip->count == 5);
    CHECK(view.trip->of == 5);
    CHECK(view.trip->limit == 5);
    CHECK(view.trip->fits == 4);
    CHECK(view.trip->run == view.run);
    CHECK(view.run.size() == 18);
    CHECK(view.run.starts_with("R-"));
}

TEST_CASE("a shift by some rows shows after the fifth letter") {
    const int rows = GENERATE(2, -2, 3, -3);
    const World world;
    CHECK(leaving(world, shifted(100, rows)) <= 5);
}

TEST_CASE("a shift shows in the order that parallel sessions make of the list") {
    const unsigned seed = GENERATE(range(1U, 40U));
    const int rows = GENERATE(1, -1, 2);
    const World world;
    auto run = shifted(500, rows);
    reorder(run, 20, seed);
    CHECK(leaving(world, run) <= 25);  // that leave where the matrix finds nothing wrong
    // Where it does, the fifth is the last.
    const World other;
    run = shifted(500, rows, true);
    reorder(run, 20, seed);
    CHECK(leaving(other, run) == 4);
}

TEST_CASE("a shift shows among right letters") {
    const World world;
    const auto wrong = shifted(100, -1);
    std::size_t left = 0;
    for (std::uint64_t i = 0; i < wrong.size(); ++i) {
        left += world.holds(letter(500 + i, 500 + i)) ? 0 : 1;
        left += world.holds(wrong[i]) ? 0 : 1;
    }
    CHECK(left == 9);
}

TEST_CASE("a shift that begins in the middle stops the rest") {
    const World world;
    for (std::uint64_t i = 1; i <= 250; ++i) REQUIRE_FALSE(world.holds(letter(1000 + i, 1000 + i)));
    const bool misaddressed = GENERATE(false, true);
    CHECK(leaving(world, shifted(250, 1, misaddressed)) == 4);
}

TEST_CASE("misaddressed letters trip without a shift, and say so") {
    const World world;
    world.trip();
    const auto view = world.take(letter(50, 50));
    REQUIRE(view.trip);
    CHECK(view.trip->why == RunTrip::Why::share);
    CHECK(view.trip->count == 5);
    CHECK(view.trip->of == 5);
}

TEST_CASE("letters about nobody that was found show a shift by their recipients") {
    const World world;
    // Every other letter names its person in a way that is not found.
    auto run = shifted(60, -1);
    for (std::size_t i = 1; i < run.size(); i += 2) run[i].subjects.clear();
    CHECK(leaving(world, run) <= 6);
}

TEST_CASE("a right run with one letter in a hundred misaddressed does not trip") {
    const World world;
    std::mt19937 random(1);
    for (std::uint64_t i = 1; i <= 3000; ++i) {
        const bool wrong = random() % 100 == 0;
        REQUIRE_FALSE(world.holds(letter(i, wrong ? 100'000 + i : i, wrong)));
    }
}

TEST_CASE("couples that share an address are no shift") {
    const World world;
    // Of each couple one is found; both letters go to the address that is registered as that one's.
    for (std::uint64_t i = 1; i <= 200; ++i) {
        auto partner = letter(nobody, i);
        partner.identity = i << 40U;
        // In either order.
        REQUIRE_FALSE(world.holds(i % 2 == 0 ? partner : letter(i, i)));
        REQUIRE_FALSE(world.holds(i % 2 == 0 ? letter(i, i) : partner));
    }
    // Letters to whom the registry does not know fit nobody.
    for (std::uint64_t i = 1; i <= 200; ++i) REQUIRE_FALSE(world.holds(letter(i, 100'000 + i)));
}

TEST_CASE("two runs of one sender at the same time are two") {
    const World world;
    const auto wrong = shifted(100, 1, true);
    std::string wrong_id;
    std::string right_id;
    for (std::uint64_t i = 0; i < 100; ++i) {
        const auto view = world.take(wrong[i]);
        CHECK(view.trip.has_value() == (i >= 4));
        auto right = letter(500 + i, 500 + i);
        right.text = template_number(2);
        const auto other = world.take(right);
        CHECK_FALSE(other.trip);
        wrong_id = view.run;
        right_id = other.run;
    }
    CHECK(wrong_id != right_id);
    // Nor are letters of the same words from somebody else.
    auto elsewhere = letter(900, 900);
    elsewhere.sender = 8;
    CHECK_FALSE(world.holds(elsewhere));
}

TEST_CASE("a letter has a run when there are two, or when it is misaddressed") {
    const World world;
    CHECK(world.take(letter(1, 1)).run.empty());
    const auto second = world.take(letter(2, 2)).run;
    CHECK_FALSE(second.empty());
    CHECK(world.take(letter(3, 3)).run == second);
    auto alone = letter(4, 5, true);
    alone.text = template_number(2);
    CHECK_FALSE(world.take(alone).run.empty());
}

TEST_CASE("what the policy says of runs is asked anew with each letter") {
    const World world;
    RunRule rule;
    rule.shift = false;
    CHECK(leaving(world, shifted(100, 1), rule) == 100);
    CHECK(world.holds(letter(600, 600)));  // by the rule that counts them

    rule.letters = 10;
    rule.share = 0.5;
    const World other;
    CHECK(leaving(other, shifted(100, 1, true), rule) == 9);
}

TEST_CASE("a letter that comes again counts once") {
    const World world;
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(world.holds(letter(1, 2, true)));
    for (std::uint64_t i = 3; i <= 5; ++i) REQUIRE_FALSE(world.holds(letter(i, i + 100, true)));
    CHECK(world.holds(letter(6, 106, true)));
    CHECK(world.holds(letter(1, 2, true)));
}

TEST_CASE("a run ends when no letter of it came for the window") {
    World world;
    world.trip();
    for (int i = 0; i < 20; ++i) {
        world.clock.advance(59min);
        REQUIRE(world.holds(letter(50, 50)));
    }
    world.clock.advance(61min);
    const auto view = world.take(letter(50, 50));
    CHECK_FALSE(view.trip);
    CHECK(view.run.empty());
}

TEST_CASE("a run that tripped is held after a restart, until its window ends") {
    World world;
    world.trip();
    const auto before = world.take(letter(50, 50));
    REQUIRE(world.guard->keep(before));
    const auto text = read_file(world.file());
    REQUIRE(text);
    world.clock.advance(50min);
    world.open();
    const auto after = world.take(letter(51, 51));
    REQUIRE(after.trip);
    CHECK(after.run == before.run);
    CHECK(after.trip->why == before.trip->why);
    CHECK(after.trip->count == before.trip->count);
    CHECK(after.trip->of == before.trip->of);
    CHECK(after.trip->limit == before.trip->limit);
    // The run goes on, and so does what is on disk.
    world.clock.advance(50min);
    REQUIRE(world.guard->keep(world.take(letter(52, 52))));
    world.clock.advance(50min);
    world.open();
    CHECK(world.holds(letter(53, 53)));
    world.clock.advance(3h);
    world.open();
    CHECK_FALSE(world.holds(letter(54, 54)));
}

TEST_CASE("each run that trips is kept") {
    World world;
    const auto other = [](std::uint64_t about, std::uint64_t to) {
        auto made = letter(about, to, about != to);
        made.sender = 8;
        return made;
    };
    world.trip();
    REQUIRE(world.guard->keep(world.take(letter(50, 50))));
    for (std::uint64_t i = 1; i <= 5; ++i)
        REQUIRE(world.guard->keep(world.take(other(i, 900 + i))));
    world.open();
    CHECK(world.holds(letter(51, 51)));
    CHECK(world.holds(other(51, 51)));
}

TEST_CASE("a shift is told after a restart as it was before") {
    World world;
    RunView view;
    for (const auto& each : shifted(8, -1)) view = world.take(each);
    REQUIRE(view.trip);
    REQUIRE(world.guard->keep(view));
    world.open();
    const auto after = world.take(letter(50, 50));
    REQUIRE(after.trip);
    CHECK(after.trip->why == RunTrip::Why::shift);
    CHECK(after.trip->offset == -1);
    CHECK(after.trip->fits == view.trip->fits);
}

TEST_CASE("a file of runs that does not read is not passed over") {
    World world;
    world.trip();
    REQUIRE(world.guard->keep(world.take(letter(50, 50))));
    auto text = read_file(world.file());
    REQUIRE(text);
    SECTION("another key") {
        const auto other = crypto::SecretKey::generate();
        REQUIRE(other);
        const auto opened = RunGuard::open(world.file(), *other, world.clock);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::crypto);
    }
    SECTION("damaged") {
        const std::string_view damage = GENERATE("", "{}", "cut", "sender", "why");
        if (damage == "cut")
            text->resize(text->size() / 2);
        else if (damage == "sender" || damage == "why")
            text->replace(text->find("\"" + std::string(damage) + "\":\"") + damage.size() + 4, 2,
                          "!!");
        else
            *text = damage;
        std::ofstream(world.file()) << *text;
        const auto opened = RunGuard::open(world.file(), *world.key, world.clock);
        REQUIRE_FALSE(opened);
        CHECK(opened.error().code == ErrorCode::damaged);
        CHECK_FALSE(opened.error().hint.empty());
    }
}

TEST_CASE("a trip that cannot be kept is an error, now and the next time") {
    World world;
    world.trip();
    std::filesystem::create_directory(world.file());  // in the way of a file
    CHECK_FALSE(world.guard->keep(world.take(letter(50, 50))));
    CHECK_FALSE(world.guard->keep(world.take(letter(51, 51))));
    std::filesystem::remove(world.file());
    CHECK(world.guard->keep(world.take(letter(52, 52))));
}

TEST_CASE("many other letters push no run out that tripped") {
    const World world;
    world.trip();
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        auto other = letter(i, i);
        other.sender = i % 50;
        other.text = template_number(static_cast<std::uint16_t>(i % 900 + 2));
        other.text.least[0] = static_cast<std::uint16_t>(i);
        REQUIRE_FALSE(world.holds(other));
    }
    CHECK(world.holds(letter(50, 50)));
}

TEST_CASE("a run is found again behind as many other letters as are remembered") {
    const World world;
    std::uint64_t number = 1000;
    for (std::uint64_t i = 1; i <= 4; ++i) {
        CHECK_FALSE(world.holds(letter(i, 900 + i, true)));
        for (int n = 0; n < 300; ++n) {
            auto other = letter(number, number);
            other.text = template_number(static_cast<std::uint16_t>(++number % 1000 + 2));
            world.take(other);
        }
    }
    CHECK(world.holds(letter(5, 905, true)));
}

TEST_CASE("where no more runs can be told to have tripped, letters wait") {
    const World world;
    const auto trip = [&](std::uint64_t sender) {
        Result<RunView> last = RunView{};
        for (std::uint64_t i = 1; i <= 5; ++i) {
            auto wrong = letter(i, 900 + i, true);
            wrong.sender = sender;
            last = world.guard->take(wrong, {});
        }
        return last;
    };
    for (std::uint64_t sender = 0; sender < pipeline::most_tripped_runs; ++sender)
        REQUIRE(trip(sender));
    const auto full = trip(100'000);
    REQUIRE_FALSE(full);
    CHECK(full.error().code == ErrorCode::budget);
    CHECK_FALSE(trip(100'000));  // and again
}

TEST_CASE("each session sees what the others found") {
    const World world;
    constexpr std::uint64_t sessions = 8;
    constexpr std::uint64_t each = 100;
    std::atomic<std::uint64_t> left{0};
    std::atomic<std::uint64_t> failed{0};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 0; t < sessions; ++t)
        threads.emplace_back([&, t] {
            for (std::uint64_t i = 0; i < each; ++i) {
                const std::uint64_t row = 1000 + i * sessions + t;
                const auto view = world.guard->take(letter(row, row + 1, true), {});
                if (!view || (view->trip && !world.guard->keep(*view))) ++failed;
                if (view && !view->trip) ++left;
            }
        });
    for (auto& thread : threads) thread.join();
    CHECK(failed == 0);
    CHECK(left == 4);
}

// ---- what letters have in common

TEST_CASE("letters of one template are alike, whatever is filled in") {
    const auto text = [](const char* greeting, const char* name, const char* amount,
                         const char* date, bool extra) {
        return std::string("Geachte ") + greeting + " " + name + ",\n\nU heeft op " + date +
               " een uitkering bij ons aangevraagd. Wij hebben besloten dat u de uitkering "
               "krijgt.\n"
               "Het bedrag is " +
               amount + " euro bruto per maand. De uitkering gaat in op " + date +
               ".\nVan dit bedrag houden wij belasting en premies in.\n" +
               (extra ? "Omdat u ook werkt, verrekenen wij uw inkomsten met de uitkering. "
                        "Geef wijzigingen binnen een week door.\n"
                      : "") +
               "Bent u het niet eens met deze beslissing? Dan kunt u bezwaar maken binnen zes "
               "weken.\n"
               "Met vriendelijke groet,\nAfdeling Uitkeringen\n";
    };
    const auto of = [](const std::string& body) {
        return pipeline::template_of(reading_of(body), 42);
    };
    const auto first = of(text("mevrouw", "A. van der Plas", "1.204,50", "3 maart 2026", false));
    CHECK(likeness(first, of(text("heer", "Smit-de Jong", "980", "12 april 2026", false))) > 0.8);
    CHECK(likeness(first, of(text("heer", "B. Smit", "12", "1 mei 2025", true))) >= 0.5);
    CHECK(likeness(of(text("heer", "B. Smit", "12", "1 mei 2025", true)),
                   of(text("mevrouw", "O. Ten Have", "3.112", "30 juni 2025", false))) >= 0.5);

    // Another letter of the same office, with the same end.
    const auto other = of(
        "Geachte heer Smit,\n\nWij hebben uw klacht over onze dienstverlening ontvangen. Een "
        "medewerker belt u binnen twee dagen om te bespreken wat er mis ging. Heeft u vragen over "
        "de behandeling van klachten? Kijk dan op onze website onder contact.\n"
        "Met vriendelijke groet,\nAfdeling Uitkeringen\n");
    CHECK(likeness(first, other) == 0);
    // The seed decides: without it a fingerprint tells nothing.
    CHECK(pipeline::template_of(reading_of("zelfde woorden hier gezegd"), 1) !=
          pipeline::template_of(reading_of("zelfde woorden hier gezegd"), 2));
}

TEST_CASE("a few words are alike when nearly all of them are") {
    const auto of = [](const char* body) { return pipeline::template_of(reading_of(body), 42); };
    const auto first = of("Beste Johanna, zie bijlage. Groet, Team");
    CHECK(likeness(first, of("Beste Willemina-Ruth, zie bijlage. Groet, Team")) == 1);
    CHECK(likeness(first, of("Beste Anna, hierbij onze offerte waarover gisteren gebeld.")) == 0);
}

TEST_CASE("no more of a letter is looked at than is said") {
    std::string text(pipeline::most_template_text, ' ');
    const auto short_one = pipeline::template_of(reading_of(text), 42);
    text += "hier staan nog woorden achter";
    CHECK(pipeline::template_of(reading_of(text), 42) == short_one);
}

TEST_CASE("a fingerprint is written and read again") {
    const auto one = pipeline::template_of(reading_of("enkele gewone woorden achter elkaar"), 42);
    RunTemplate read;
    REQUIRE(RunTemplate::from_hex(one.to_hex(), read));
    CHECK(read == one);
    CHECK_FALSE(RunTemplate::from_hex(one.to_hex().substr(1), read));
    CHECK_FALSE(RunTemplate::from_hex(std::string(256, 'g'), read));
}

// ---- what is known of a letter

TEST_CASE("a bulk mailer's sender is one, whatever it puts in for each recipient") {
    const World world;
    const auto sender = [&](const std::string& path, const std::string& from) {
        policy::Facts facts;
        facts.sender = mail::parse_path(path);
        facts.header_from = mail::parse_address_list(from);
        return world.guard->describe(facts, {}, {}).sender;
    };
    const std::string from = "Post <post@agency.example>";
    const auto plain = sender("<bounce@agency.example>", from);
    const auto bulk = sender("<bounce+anna=private.example@agency.example>", from);
    CHECK(sender("<bounce+bea=private.example@agency.example>", from) == bulk);
    CHECK(sender("<bounce-8f3a9c2@agency.example>", from) == bulk);
    CHECK(sender("<bounce-8f3a9c2@agency.example>", "iemand@agency.example") != bulk);
    // People whose address has a number are no bulk mailer.
    CHECK(sender("<u10231@agency.example>", "u10231@agency.example") !=
          sender("<u10444@agency.example>", "u10444@agency.example"));
    CHECK(sender("<j.jansen1@agency.example>", "J <j.jansen1@agency.example>") !=
          sender("<j.bakker2@agency.example>", "J <j.bakker2@agency.example>"));
    CHECK(sender("<BOUNCE@Agency.example>", "Iemand <iemand@agency.example>") == plain);
    CHECK(sender("<other@agency.example>", from) != plain);
    CHECK(sender("<bounce@agency.example>", "post@elsewhere.example") != plain);
    CHECK(sender("<>", from) != sender("<>", "other@agency.example"));
}

TEST_CASE("what a recipient fits is told by addresses and organisations") {
    const World world;
    const auto subject = [](std::string id, std::string email, registry::OrganisationNumber firm) {
        auto made = std::make_shared<registry::Subject>();
        made->id = std::move(id);
        made->emails = {std::move(email)};
        made->relations = {{"employer", firm, "", {}, {}}};
        return made;
    };
    const auto anna = subject("S-1", "anna@private.example", 3);
    const auto bea = subject("S-2", "bea@private.example", 4);
    const auto about = [&](const std::shared_ptr<registry::Subject>& whom, const std::string& to,
                           std::vector<registry::OrganisationNumber> firms) {
        policy::Facts facts;
        facts.sender = mail::parse_path("<post@agency.example>");
        facts.recipients.push_back({mail::parse_path(to), {}});
        match::SubjectFinding finding;
        finding.subject = whom;
        facts.subjects.push_back(finding);
        return world.guard->describe(facts, {std::move(firms)}, reading_of("gewone woorden"));
    };
    const auto fits = [](const RunLetter& to, const RunLetter& whom) {
        return std::any_of(to.addressees.begin(), to.addressees.end(), [&](std::uint64_t key) {
            return std::find(whom.subjects.begin(), whom.subjects.end(), key) !=
                   whom.subjects.end();
        });
    };
    const auto to_anna = about(anna, "<anna@private.example>", {});
    const auto to_firm = about(anna, "<hr@firm.example>", {3});
    const auto to_other = about(bea, "<anna@private.example>", {});
    CHECK(fits(to_anna, to_anna));
    CHECK(fits(to_firm, to_firm));
    CHECK(fits(to_other, to_anna));
    CHECK_FALSE(fits(to_other, to_other));
    CHECK_FALSE(fits(to_firm, to_other));
    CHECK(to_anna.identity == about(anna, "<anna@private.example>", {}).identity);
    CHECK(to_anna.identity != to_other.identity);
    CHECK(to_anna.identity != to_firm.identity);
    CHECK(to_anna.sender == to_other.sender);
}
