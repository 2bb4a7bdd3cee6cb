// registry_lookup INDEX KEY [LOOKUPS]: how long a warm look-up in an index takes, by subjects that
// it holds and by values that nobody has.
//
// Asks for the BSN and the first e-mail address of LOOKUPS subjects (100,000 unless given), drawn
// at random, once to warm up and once to measure; then for as many BSNs and addresses of nobody;
// then reads as many records. With updates beside the index the base alone is measured in
// alternating rounds as well, and the ratio is printed. Prints figures; asserts nothing.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "base/format.hpp"
#include "registry/build.hpp"
#include "registry/layered_index.hpp"
#include "registry/stored_index.hpp"

using namespace postwacht;
using registry::Key;

namespace {

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "registry_lookup: %s\n", why.c_str());
    std::exit(EXIT_FAILURE);
}

struct Value {
    Key key;
    std::string text;
};

struct Times {
    std::vector<double> nanoseconds;
    std::size_t found = 0;

    double at(double share) {
        const auto place =
            static_cast<std::size_t>(share * static_cast<double>(nanoseconds.size()));
        std::nth_element(nanoseconds.begin(),
                         nanoseconds.begin() + static_cast<std::ptrdiff_t>(place),
                         nanoseconds.end());
        return nanoseconds[place];
    }
};

template <class F>
Times measure(std::size_t count, F&& once) {
    Times times;
    times.nanoseconds.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        times.found += once(i);
        const auto end = std::chrono::steady_clock::now();
        times.nanoseconds.push_back(std::chrono::duration<double, std::nano>(end - begin).count());
    }
    return times;
}

Times find_all(const registry::Index& index, const std::vector<Value>& values) {
    return measure(values.size(), [&](std::size_t i) {
        return index.find(values[i].key, values[i].text).value().size();
    });
}

void print(const char* what, Times times) {
    std::printf("%-28s p50 %8.0f ns   p99 %8.0f ns   p99.9 %8.0f ns   found %zu\n", what,
                times.at(0.5), times.at(0.99), times.at(0.999), times.found);
}

void measure_index(const char* name, const registry::Index& index,
                   const std::vector<Value>& somebody, const std::vector<Value>& nobody,
                   const std::vector<registry::SubjectNumber>& numbers) {
    std::printf("%s\n", name);
    (void)find_all(index, somebody);
    print("  registered", find_all(index, somebody));
    (void)find_all(index, nobody);
    print("  nobody's", find_all(index, nobody));
    const auto read = [&](std::size_t i) {
        return static_cast<std::size_t>(index.subject(numbers[i]).has_value());
    };
    (void)measure(numbers.size(), read);
    print("  record of a subject", measure(numbers.size(), read));
}

double median_of(const registry::Index& index, const std::vector<Value>& values) {
    return find_all(index, values).at(0.5);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) give_up("usage: registry_lookup INDEX KEY [LOOKUPS]");
    const std::size_t count = argc > 3 ? static_cast<std::size_t>(std::atoll(argv[3])) : 100'000;
    const auto key = crypto::SecretKey::load(argv[2]);
    if (!key) give_up(key.error().message());
    const auto begin = std::chrono::steady_clock::now();
    const auto base = registry::StoredIndex::open(argv[1], *key);
    if (!base) give_up(base.error().message());
    const std::chrono::duration<double> opening = std::chrono::steady_clock::now() - begin;
    std::printf("opened in %.2f s\n", opening.count());
    const auto updates =
        registry::StoredIndex::open(registry::updates_file(argv[1], (*base)->salt()), *key);
    const auto plain = registry::make_layered(*base, nullptr).value();

    std::mt19937_64 random(1);
    std::vector<Value> somebody;
    std::vector<Value> nobody;
    std::vector<registry::SubjectNumber> numbers;
    while (numbers.size() < count) {
        const auto number =
            static_cast<registry::SubjectNumber>(random() % (*base)->description().free_subject);
        const auto subject = plain->subject(number);
        if (!subject) continue;
        numbers.push_back(number);
        if (!(*subject)->bsn.empty()) somebody.push_back({Key::bsn, (*subject)->bsn});
        if (!(*subject)->emails.empty()) somebody.push_back({Key::email, (*subject)->emails[0]});
        nobody.push_back({Key::email, format("niemand{}@nergens.example", random())});
        std::string bsn = format("{:09}", random() % 1'000'000'000);
        if (registry::bsn_valid(bsn) && plain->find(Key::bsn, bsn).value().empty())
            nobody.push_back({Key::bsn, std::move(bsn)});
    }
    measure_index("index", *plain, somebody, nobody, numbers);
    if (!updates) return EXIT_SUCCESS;
    const auto layered = registry::make_layered(*base, *updates).value();
    measure_index("index with updates", *layered, somebody, nobody, numbers);
    std::vector<double> ratios(11);
    for (double& ratio : ratios)
        ratio = median_of(*layered, somebody) / median_of(*plain, somebody);
    std::sort(ratios.begin(), ratios.end());
    std::printf("ratio of medians, registered, with updates to without: %.2f (%.2f to %.2f)\n",
                ratios[5], ratios.front(), ratios.back());
    return EXIT_SUCCESS;
}
