// A thief has a copy of auth's store and has cracked every sweetword of 2,000 accounts. Which of the twenty is real?
// Nothing except the words themselves tells the thief more than chance would. (bench/honeywords_bench measures what the
// words tell.)
#include <sodium.h>

#include <cmath>
#include <fstream>
#include <map>
#include <mutex>

#include "credentials/hashing.h"
#include "roles/auth/fixture.h"

namespace zoobar {
namespace {

constexpr int kAccounts = 2000, kWords = 20;

// While it exists, libsodium draws from a seed, so that every test draws the same.
class Seeded {
 public:
  Seeded() {
    static randombytes_implementation seeded = {
        .implementation_name = [] { return "seeded"; },
        .random =
            [] {
              std::uint32_t word;
              Fill(&word, sizeof word);
              return word;
            },
        .stir = nullptr,
        .uniform = nullptr,
        .buf = Fill,
        .close = nullptr,
    };
    randombytes_set_implementation(&seeded);
  }
  ~Seeded() { randombytes_set_implementation(&randombytes_sysrandom_implementation); }

 private:
  static void Fill(void* out, std::size_t size) {
    static std::mutex lock;
    static std::uint64_t counter = 0;
    const std::lock_guard guard(lock);
    unsigned char seed[randombytes_SEEDBYTES] = "zoobar";
    std::memcpy(seed + 8, &counter, sizeof counter);
    ++counter;
    randombytes_buf_deterministic(out, size, seed);
  }
};

class TheftTest : public AuthTest {
 protected:
  TheftTest() {
    config_.mutable_auth()->mutable_argon2()->set_memory_kib(8);
    config_.mutable_store()->set_map_bytes(64 << 20);
    threads_ = 1;
    drawer_ = [this](std::string_view real, std::size_t count, const Acceptable& acceptable) {
      std::vector<Bytes> drawn = DrawHoneywords(real, count, acceptable);
      std::vector<std::string>& words = words_[std::string(real)];
      words = {std::string(real)};
      for (const Bytes& word : drawn) words.emplace_back(View(word));
      return drawn;
    };
    Start();
  }

  std::map<std::string, std::vector<std::string>> words_;  // by the real password
};

std::string PasswordOf(int account) { return "garden" + std::to_string(account) + "house"; }

// Expects that a strategy picks the real word in 1/k of all cases, plus or minus three standard deviations.
template <typename Pick>
void ExpectNoBetterThanADie(const char* strategy, const std::vector<int>& real, Pick pick, int from = 0) {
  const int tried = static_cast<int>(real.size()) - from;
  int right = 0;
  for (int i = from; i < static_cast<int>(real.size()); ++i) right += pick(i) == real[i] ? 1 : 0;
  const double p = 1.0 / kWords, deviation = std::sqrt(tried * p * (1 - p));
  EXPECT_NEAR(right, tried * p, 3 * deviation) << strategy;
}

TEST_F(TheftTest, NothingButTheWordsThemselvesTellsWhichIsReal) {
  const Seeded seeded;
  for (int i = 0; i < kAccounts; ++i) {
    ASSERT_EQ(Register("member" + std::to_string(i), PasswordOf(i)).outcome(), LoginReply::OUTCOME_OK);
  }
  const std::vector<std::size_t> set_sizes = checker_.set_sizes;
  for (int i = 0; i < kAccounts; ++i) {
    ASSERT_EQ(Login("member" + std::to_string(i), PasswordOf(i)).outcome(), LoginReply::OUTCOME_OK);
  }
  ASSERT_EQ(checker_.asked.size(), static_cast<std::size_t>(kAccounts));

  std::vector<std::vector<std::string>> tags;
  std::vector<int> real;
  std::set<std::int64_t> times;
  Hasher hasher;
  InStore([&](Credentials& credentials, WriteTransaction& tx) {
    for (int i = 0; i < kAccounts; ++i) {
      const StoredAccount account = *credentials.Account(tx, *credentials.FindMember(tx, "member" + std::to_string(i)));
      const StoredAccount::Password& password = account.password();
      ASSERT_EQ(password.tags_size(), kWords);
      ASSERT_EQ(password.GetReflection()->GetUnknownFields(password).field_count(), 0);
      times.insert(password.set_ms());
      const PasswordHash salted = MustHave(FromPhc(password.salted()));
      // The thief knows the word of each tag.
      std::set<std::string> known;
      std::string real_tag;
      for (const std::string& word : words_.at(PasswordOf(i))) {
        const Bytes tag = MustHave(hasher.Tag(word, salted.parameters, salted.salt));
        known.emplace(View(tag));
        if (word == PasswordOf(i)) real_tag = View(tag);
      }
      ASSERT_EQ(known, std::set<std::string>(password.tags().begin(), password.tags().end()));
      tags.emplace_back(password.tags().begin(), password.tags().end());
      real.push_back(
          static_cast<int>(std::find(tags.back().begin(), tags.back().end(), real_tag) - tags.back().begin()));
    }
  });
  ASSERT_EQ(real.size(), static_cast<std::size_t>(kAccounts));

  // By position: takes the place that held most real words in the first half, and tries it in the second half.
  std::map<int, int> places;
  for (int i = 0; i < kAccounts / 2; ++i) ++places[real[i]];
  const int favourite =
      std::max_element(places.begin(), places.end(), [](auto a, auto b) { return a.second < b.second; })->first;
  ExpectNoBetterThanADie("the favourite place", real, [&](int) { return favourite; }, kAccounts / 2);
  // All places together: Pearson's test with 19 degrees of freedom. 43.8 is its 0.1 % point.
  double chi_square = 0;
  for (int place = 0; place < kWords; ++place) {
    const double expected = kAccounts / static_cast<double>(kWords);
    const auto held = static_cast<double>(std::count(real.begin(), real.end(), place));
    chi_square += (held - expected) * (held - expected) / expected;
  }
  EXPECT_LT(chi_square, 43.8);
  // By the order of the tags' values.
  const auto place_of = [&](int i, auto best) {
    return static_cast<int>(best(tags[i].begin(), tags[i].end()) - tags[i].begin());
  };
  ExpectNoBetterThanADie("the least tag", real,
                         [&](int i) { return place_of(i, [](auto a, auto b) { return std::min_element(a, b); }); });
  ExpectNoBetterThanADie("the greatest tag", real,
                         [&](int i) { return place_of(i, [](auto a, auto b) { return std::max_element(a, b); }); });
  // By the file, which holds pages of earlier times: the tag that is in it most often, first, or last.
  std::ifstream file(folder_.path() + "/data.mdb", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::map<std::string, std::vector<std::size_t>> found;
  std::map<std::string, const std::string*> by_start;
  for (const auto& account : tags) {
    for (const std::string& tag : account) by_start.emplace(tag.substr(0, 8), &tag);
  }
  for (std::size_t at = 0; at + 32 <= bytes.size(); ++at) {
    const auto candidate = by_start.find(bytes.substr(at, 8));
    if (candidate != by_start.end() && bytes.compare(at, 32, *candidate->second) == 0)
      found[*candidate->second].push_back(at);
  }
  const auto by_file = [&](int i, auto better) {
    int best = 0;
    for (int j = 1; j < kWords; ++j) {
      if (better(found[tags[i][j]], found[tags[i][best]])) best = j;
    }
    return best;
  };
  using Places = std::vector<std::size_t>;
  for (const auto& account : tags) {
    for (const std::string& tag : account) ASSERT_FALSE(found[tag].empty());
  }
  ExpectNoBetterThanADie("most often in the file", real, [&](int i) {
    return by_file(i, [](const Places& a, const Places& b) { return a.size() > b.size(); });
  });
  ExpectNoBetterThanADie("first in the file", real, [&](int i) {
    return by_file(i, [](const Places& a, const Places& b) { return a[0] < b[0]; });
  });
  ExpectNoBetterThanADie("last in the file", real, [&](int i) {
    return by_file(i, [](const Places& a, const Places& b) { return a[0] > b[0]; });
  });
  // By times: an account has one time for all its words.
  EXPECT_EQ(times.size(), 1u);
  // By the traffic to honeychecker, for somebody who sees the lengths of messages but not their content.
  std::set<std::size_t> checks;
  for (const CheckIndexRequest& request : checker_.asked) checks.insert(request.ByteSizeLong());
  EXPECT_EQ(checks.size(), 1u);
  std::map<std::size_t, std::set<std::size_t>> sets;  // by the name's length
  for (int i = 0; i < kAccounts; ++i) sets[("member" + std::to_string(i)).size()].insert(set_sizes[i]);
  for (const auto& [name, sizes] : sets) EXPECT_EQ(sizes.size(), 1u) << name;
}

}  // namespace
}  // namespace zoobar
