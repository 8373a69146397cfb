// The API that members' programs call. Who acts is the owner of the program, whoever looks at it: what a program pays
// is the owner's, what it may see and do is what others have opened to the owner (store/social.h). It is answered as
// the manual page says (web/templates/manual.tpl).
//
// A refused call is answered with its reason (in Python: ApiError). Misbehaviour ends the run: what is no call at all,
// and going on long after the limit of calls. Each call waits for a turn of the loop of its own, so that a program that
// asks without pause stands in line with everybody else.
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

// One run, as the API sees it. Lives as long as any of its calls.
struct ProgramRun {
  std::string owner, owner_name;      // whose program it is: member id and name
  std::string visitor, visitor_name;  // who looks
  Ticket spending;                    // for bank; empty: the program may pay nothing
  SpendingLimits limits;
  bool trial = false;  // for the owner's eyes: nothing moves, nothing is kept

  // Kept by ProgramApi.
  struct TrialPayment {
    std::string recipient, recipient_name;
    std::int64_t zoobars = 0, time_ms = 0;
  };
  std::uint32_t calls = 0, payments = 0;
  std::vector<TrialPayment> trial_payments = {};  // what a trial would have paid: it sees its own doing
};

class ProgramApi {
 public:
  // clock: milliseconds since 1970. What is handed in outlives it.
  ProgramApi(Site& site, Profiles& profiles, Social& social, UnstoredRuns& unstored,
             std::function<std::int64_t()> clock);

  // The reply to one request of the run's. An Error: misbehaviour, and how.
  Task<Result<std::string>> Answer(ProgramRun& run, std::string request);

 private:
  using Answered = Task<ProgramReply>;
  struct Method {
    std::string_view name;
    Answered (ProgramApi::*act)(ProgramRun& run, const ProgramCall& call);
    std::span<const ProgramParameter> takes;
  };
  static const Method kMethods[];
  // Somebody asked for by name; `refusal` says why not.
  struct Found {
    StoredMember member;
    std::int64_t zoobars = 0;
    std::string refusal;
  };

  Answered Act(ProgramRun& run, const ProgramCall& call);
  // In the order asked; nobody's name gives an empty id.
  Task<Result<std::vector<Found>>> Find(std::vector<std::string> names);
  // Refuses nobody's name.
  Task<Found> FindOne(std::string name);
  // The member `username` names; the owner where the call leaves it out.
  Task<Found> WhoseOf(const ProgramRun& run, const ProgramCall& call);
  struct Audience {
    StoredAudience to;
    std::string refusal;
  };
  // Whom a list of names, or "everybody", means. The owner needs no leave of their own and is left out.
  Task<Audience> AudienceOf(const ProgramRun& run, const ProgramCall& call, std::string_view argument);
  // Something zoobar itself could not do: the reason goes to the log, the program is told who does not answer.
  std::string Failed(std::string_view who, const Error& why);

  // Members and zoobars (profile/api.cc).
  Answered GetSelf(ProgramRun& run, const ProgramCall& call);
  Answered GetVisitor(ProgramRun& run, const ProgramCall& call);
  Answered GetUserInfo(ProgramRun& run, const ProgramCall& call);
  Answered GetXfers(ProgramRun& run, const ProgramCall& call);
  Answered Xfer(ProgramRun& run, const ProgramCall& call);
  Answered TryXfer(ProgramRun& run, Found target, std::int64_t zoobars);
  Task<Result<TransferReply>> Spend(ProgramRun& run, const Found& target, std::int64_t zoobars);

  // What members open to each other (profile/api_social.cc).
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

// "Wed Nov 25 07:30:44 2026", UTC: as Python's time.asctime writes it.
std::string ProgramTime(std::int64_t time_ms);

}  // namespace zoobar
