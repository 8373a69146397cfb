// What members' programs ask of the API (src/roles/profile/api.h, program_call.h), with a store and a stand-in for bank.
//
// Each line is one request. It comes from a run of alice's program at a visit of bob's. A letter before the request
// changes that: b, c: the program of bob or of carol; t: a trial of alice's; n: alice's, who lets it pay nothing.
#include "roles/profile/api.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "credentials/cpu_time.h"
#include "fuzz/require.h"
#include "fuzz/scratch_folder.h"
#include "limits/programs.h"
#include "roles/profile/api_fixture.h"
#include "text/utf8.h"

namespace zoobar {
namespace {

using nlohmann::json;

constexpr int kMostRequests = 60;
constexpr std::uint32_t kCallsPerRun = 20;
constexpr double kMostCpuMs = 10000;

// A site with accounts, and profile's store. It is new for each input, so that an input says all about a fault.
class Members {
 public:
  Members() {
    site.settings.mutable_profile()->set_api_calls_per_run(kCallsPerRun);
    auto opened = Profiles::Open(site.loop(), folder_.path(), Config::Store());
    Require(opened.ok(), "a store");
    profiles_ = std::move(*opened);
    social_ = std::make_unique<Social>(profiles_->environment());
    api_ = std::make_unique<ProgramApi>(site, *profiles_, *social_, unstored_, [] { return kApiNow; });
    site.Connect(ROLE_PROFILE, ROLE_BANK, bank.service);
    bank.journal = {JournalEntry("alice", "bob", 3), JournalEntry("bob", "alice", 1, StoredEntry::KIND_OFFER, 7),
                    JournalEntry("", "alice", 10)};
    ProgramFiles files;
    ProgramFiles::File& file = *files.add_files();
    file.set_path("notes");
    file.set_content("carol's own");
    Require(site.Wait(profiles_->Note(Member("carol"), std::move(files), nullptr)).ok(), "carol keeps a file");
    for (const char who : std::string_view("abctn")) runs_[who] = RunOf(who);
  }

  Result<std::string> Ask(char who, std::string request) {
    return site.Wait(api_->Answer(runs_.at(who), std::move(request)));
  }
  const ProgramRun& run(char who) const { return runs_.at(who); }
  // All that is stored for the members.
  std::string Stored() {
    std::string all;
    for (const char* name : {"alice", "bob", "carol"}) {
      const std::string member = Member(name);
      for (const auto door : {Social::Door::kVisits, Social::Door::kWall, Social::Door::kMessages})
        all += social_->OpenTo(member, door)->SerializeAsString() + ";";
      for (const auto place : {Social::Place::kWall, Social::Place::kMessages}) {
        const auto posts = social_->Posts(place, member, member, 1000);
        Require(posts.ok() && posts->has_value(), "a member reads their own posts");
        Require((*posts)->size() <= ProgramLimits::kPostsKept, "the posts that are kept are bounded");
        std::map<std::string, std::size_t> by_author;
        for (const Social::Post& post : **posts) {
          CheckPost(post, ++by_author[post.post.author().id()], member);
          all += std::to_string(post.number) + post.post.SerializeAsString() + ";";
        }
      }
      const auto shared = social_->SharedFiles(member, member);
      Require(shared.ok() && shared->size() <= ProgramLimits::kSharedFiles, "the shared files are bounded");
      for (const Social::Shared& one : *shared) all += one.path + one.to.SerializeAsString() + ";";
    }
    return all;
  }

  FakeSite site;
  ApiBank bank;

 private:
  static ProgramRun RunOf(char who) {
    const std::string owner = who == 'b' ? "bob" : who == 'c' ? "carol" : "alice";
    ProgramRun run;
    run.owner = Member(owner);
    run.owner_name = owner;
    run.visitor = Member("bob");
    run.visitor_name = "bob";
    if (who != 'n') run.spending.set_body("spend for " + owner);
    run.limits.set_per_hour(20);
    run.limits.set_per_recipient(10);
    run.trial = who == 't';
    return run;
  }
  static void CheckPost(const Social::Post& post, std::size_t of_author, const std::string& owner) {
    Require(post.post.author().id() == owner || of_author <= ProgramLimits::kPostsOfOneAuthor,
            "no author fills a wall");
    const std::string& text = post.post.text();
    Require(IsUtf8(text) && !text.empty() && text.size() <= ProgramLimits::kTextBytes, "a post is within its limit");
    for (const unsigned char c : text) Require(c >= 0x20 || c == '\n' || c == '\t', "no control characters in a post");
  }

  ScratchFolder folder_;
  UnstoredRuns unstored_{site.loop()};
  std::unique_ptr<Profiles> profiles_;
  std::unique_ptr<Social> social_;
  std::unique_ptr<ProgramApi> api_;
  std::map<char, ProgramRun> runs_;
};

bool IsObject(const std::string& request) {
  const json parsed = json::parse(request, nullptr, false);
  return request.find('\0') == std::string::npos && parsed.is_object();
}

void CheckReply(const std::string& request, const std::string& text) {
  Require(text.size() <= ProgramLimits::kReplyBytes, "a reply is within its limit");
  Require(IsUtf8(text), "a reply is UTF-8");
  const json reply = json::parse(text, nullptr, false);
  Require(reply.is_object() && reply.size() == 1, "a reply is an object with one entry");
  Require(reply.contains("value") || reply.contains("base64") || reply.contains("error"), "a value or a reason");
  const bool refused = reply.contains("error");
  if (refused) Require(reply["error"].is_string() && !reply["error"].get<std::string>().empty(), "a refusal says why");
  if (!IsObject(request)) Require(refused && text.find("too large") != text.npos, "only a huge number is pardoned");
}

void CheckPayments(const Members& members, std::size_t before, char who) {
  const std::vector<SpendRequest>& spent = members.bank.spent;
  if (who == 't' || who == 'n') Require(spent.size() == before, "this run may not pay");
  for (std::size_t i = before; i < spent.size(); ++i) {
    Require(spent[i].zoobars() >= 1, "payments are positive");
    Require(spent[i].ticket().body() == members.run(who).spending.body(), "a run pays on its own ticket");
    Require(spent[i].visitor() == Member("bob") && spent[i].recipient().size() == kMemberIdSize, "between two members");
    Require(spent[i].sequence() == members.run(who).payments, "each payment has its number");
  }
  std::int64_t of_trial = 0;
  for (const ProgramRun::TrialPayment& one : members.run('t').trial_payments) {
    Require(one.zoobars >= 1 && one.recipient != Member("alice"), "a trial's payments are possible ones");
    Require((of_trial += one.zoobars) <= 10, "a trial pays no more than there is");
  }
}

// Returns false if the run is over.
bool CheckOne(Members& members, char who, const std::string& request) {
  const std::size_t spent = members.bank.spent.size();
  const std::string stored = who == 't' ? members.Stored() : std::string();
  const Result<std::string> reply = members.Ask(who, request);
  const std::uint32_t calls = members.run(who).calls;
  CheckPayments(members, spent, who);
  if (who == 't') Require(members.Stored() == stored, "a trial stores nothing");
  if (!reply.ok()) {
    const bool patient = calls <= kCallsPerRun + ProgramLimits::kCallsRefused;
    Require(!patient || request.size() > ProgramLimits::kRequestBytes || !IsObject(request),
            "only what is no call, or one too many, ends the run");
    Require(!reply.error().text.empty(), "it is said how the program misbehaved");
    return false;
  }
  CheckReply(request, *reply);
  if (calls > kCallsPerRun) Require(reply->starts_with("{\"error\":"), "the calls of a run are bounded");
  return true;
}

}  // namespace
}  // namespace zoobar

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace zoobar;
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const double before = CpuMillis();
  Members members;
  std::string over;  // the runs that are over
  for (int requests = 0; !input.empty() && requests < kMostRequests; ++requests) {
    std::string_view line = input.substr(0, input.find('\n'));
    input.remove_prefix(std::min(line.size() + 1, input.size()));
    const bool told = !line.empty() && std::string_view("bctn").find(line[0]) != std::string_view::npos;
    const char who = told ? line[0] : 'a';
    line.remove_prefix(told);
    if (over.find(who) == over.npos && !CheckOne(members, who, std::string(line))) over += who;
  }
  (void)members.Stored();
  Require(members.site.misbehaviours.empty(), "no role misbehaves because of a program");
  Require(CpuMillis() - before < kMostCpuMs, "the work is bounded");
  return 0;
}
