// The API that members' programs call. A program acts for its owner, whoever visits it. It pays with the owner's
// zoobars, and it may see and do what other members have opened to the owner (store/social.h). The manual page
// (web/templates/manual.tpl) describes the calls and their answers.
//
// If a call is refused, the program gets the reason (in Python: ApiError). Two things count as misbehaviour and end the
// run: a request that is not a call at all, and many more calls after the limit of calls is reached. Each call waits
// for a new round of the event loop, so that a program that calls without pause does not delay the others.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "auth.pb.h"
#include "bank.pb.h"
#include "roles/profile/program_call.h"
#include "roles/profile/unstored.h"
#include "site/role.h"
#include "store/profiles.h"
#include "store/social.h"

namespace zoobar {

// What the API knows about one run. The object must live until the run's last call is answered.
struct ProgramRun {
  std::string owner, owner_name;      // the program's owner: member id and name
  std::string visitor, visitor_name;  // the visitor: member id and name
  Ticket spending;                    // the ticket for payments; empty: the program may not pay
  SpendingLimits limits;
  bool trial = false;  // the owner only tries the program. No zoobars are paid, and nothing is stored
  // What is kept for the owner was erased after the run was asked for. The run stores nothing, and its calls are refused.
  bool erased = false;

  // ProgramApi writes the fields below.
  struct TrialPayment {
    std::string recipient, recipient_name;
    std::int64_t zoobars = 0, time_ms = 0;
  };
  std::uint32_t calls = 0, payments = 0;
  std::vector<TrialPayment> trial_payments = {};  // what a trial would have paid; later calls take it into account
};

class ProgramApi {
 public:
  // clock: returns milliseconds since 1970. All arguments must outlive this object.
  ProgramApi(Site& site, Profiles& profiles, Social& social, UnstoredRuns& unstored,
             std::function<std::int64_t()> clock);

  // Carries out one request of the run and returns the reply. An Error means that the program misbehaved; the Error's
  // text says how.
  Task<Result<std::string>> Answer(ProgramRun& run, std::string request);

 private:
  using Answered = Task<ProgramReply>;
  struct Method {
    std::string_view name;
    Answered (ProgramApi::*act)(ProgramRun& run, const ProgramCall& call);
    std::span<const ProgramParameter> takes;
  };
  static const Method kMethods[];
  // A member that a call names. If the member was not found, `refusal` says why.
  struct Found {
    StoredMember member;
    std::int64_t zoobars = 0;
    std::string refusal;
  };

  Answered Act(ProgramRun& run, const ProgramCall& call);
  // Returns one entry for each name, in the same order. If nobody has the name, the entry's member id is empty.
  Task<Result<std::vector<Found>>> Find(std::vector<std::string> names);
  // Finds the member with this name. If nobody has the name, Found::refusal is set.
  Task<Found> FindOne(std::string name);
  // Finds the member that the argument `username` names, or the program's owner if the call has no such argument.
  Task<Found> FindNamedOrOwner(const ProgramRun& run, const ProgramCall& call);
  struct Audience {
    StoredAudience to;
    std::string refusal;
  };
  // Returns the members that an argument means. The argument is a list of names, or "everybody". The owner is left out,
  // because the owner needs no permission.
  Task<Audience> AudienceOf(const ProgramRun& run, const ProgramCall& call, std::string_view argument);
  // To be called when zoobar itself could not answer a call. Logs the reason. Returns the text for the program, which
  // says that `who` does not answer.
  std::string Failed(std::string_view who, const Error& why);

  // Calls about members and zoobars (profile/api.cc).
  Answered GetSelf(ProgramRun& run, const ProgramCall& call);
  Answered GetVisitor(ProgramRun& run, const ProgramCall& call);
  Answered GetUserInfo(ProgramRun& run, const ProgramCall& call);
  Answered GetXfers(ProgramRun& run, const ProgramCall& call);
  // Returns the member's newest transfers, newest first: at most ProgramLimits::kTransfersGiven. Asks bank for further
  // pages of the journal while they are full of offers, up to a bound.
  Task<Result<std::vector<JournalReply::Entry>>> TransfersOf(std::string member);
  Answered Xfer(ProgramRun& run, const ProgramCall& call);
  Answered TryXfer(ProgramRun& run, Found target, std::int64_t zoobars);
  Task<Result<TransferReply>> Spend(ProgramRun& run, const Found& target, std::int64_t zoobars);

  // Calls about what members open to each other (profile/api_social.cc).
  Answered GetVisits(ProgramRun& run, const ProgramCall& call);
  Answered ShareVisits(ProgramRun& run, const ProgramCall& call);
  Answered GetWall(ProgramRun& run, const ProgramCall& call);
  Answered PostOnWall(ProgramRun& run, const ProgramCall& call);
  Answered RemovePost(ProgramRun& run, const ProgramCall& call);
  Answered OpenWall(ProgramRun& run, const ProgramCall& call);
  Answered SendMessage(ProgramRun& run, const ProgramCall& call);
  Answered GetMessages(ProgramRun& run, const ProgramCall& call);
  Answered RemoveMessage(ProgramRun& run, const ProgramCall& call);
  Answered AcceptMessages(ProgramRun& run, const ProgramCall& call);
  Answered ShareFile(ProgramRun& run, const ProgramCall& call);
  Answered ListShared(ProgramRun& run, const ProgramCall& call);
  Answered GetShared(ProgramRun& run, const ProgramCall& call);
  Answered GetSharing(ProgramRun& run, const ProgramCall& call);
  Answered OpenDoor(ProgramRun& run, const ProgramCall& call, std::string_view argument, Social::Door door);
  Answered Add(ProgramRun& run, Social::Place place, Found to, std::string text);

  Site& site_;
  Profiles& profiles_;
  Social& social_;
  UnstoredRuns& unstored_;
  const std::function<std::int64_t()> clock_;
  std::int64_t calls_ = 0, refused_ = 0, payments_ = 0;
};

// Returns the time in UTC, as Python's time.asctime writes it: "Wed Nov 25 07:30:44 2026".
std::string ProgramTime(std::int64_t time_ms);

}  // namespace zoobar
