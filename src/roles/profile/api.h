// The API that members' programs call. A program acts for its owner, for any visitor: it pays with the owner's zoobars,
// and it may see and do what other members have opened to the owner (store/social.h). The manual page
// (web/templates/manual.tpl) describes the calls and their answers.
//
// A refused call is answered with the reason (in Python: ApiError). Two things are misbehaviour and end the run: a
// request that is no call at all, and many calls after the limit of calls. Each call waits for a turn of the loop of
// its own, so that a program that calls without pause does not hold up the others.
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

// One run, as the API sees it. It must live as long as any of its calls.
struct ProgramRun {
  std::string owner, owner_name;      // of the program: member id and name
  std::string visitor, visitor_name;  // member id and name
  Ticket spending;                    // for bank. Empty: the program may not pay
  SpendingLimits limits;
  bool trial = false;  // the owner tries the program: nothing is paid and nothing is kept

  // Written by ProgramApi.
  struct TrialPayment {
    std::string recipient, recipient_name;
    std::int64_t zoobars = 0, time_ms = 0;
  };
  std::uint32_t calls = 0, payments = 0;
  std::vector<TrialPayment> trial_payments = {};  // what a trial would have paid; its later calls see these payments
};

class ProgramApi {
 public:
  // clock: milliseconds since 1970. All arguments must outlive this object.
  ProgramApi(Site& site, Profiles& profiles, Social& social, UnstoredRuns& unstored,
             std::function<std::int64_t()> clock);

  // Gives the reply to one request of the run. An Error means misbehaviour; its text says what was wrong.
  Task<Result<std::string>> Answer(ProgramRun& run, std::string request);

 private:
  using Answered = Task<ProgramReply>;
  struct Method {
    std::string_view name;
    Answered (ProgramApi::*act)(ProgramRun& run, const ProgramCall& call);
    std::span<const ProgramParameter> takes;
  };
  static const Method kMethods[];
  // A member that a call names. If `refusal` is not empty, it says why there is none.
  struct Found {
    StoredMember member;
    std::int64_t zoobars = 0;
    std::string refusal;
  };

  Answered Act(ProgramRun& run, const ProgramCall& call);
  // Finds members, in the order of the names. A name that nobody has gives an empty id.
  Task<Result<std::vector<Found>>> Find(std::vector<std::string> names);
  // Finds one member. A name that nobody has gives a refusal.
  Task<Found> FindOne(std::string name);
  // Finds the member that the argument `username` names: the owner if the call does not have it.
  Task<Found> FindNamedOrOwner(const ProgramRun& run, const ProgramCall& call);
  struct Audience {
    StoredAudience to;
    std::string refusal;
  };
  // The members that an argument means: a list of names, or "everybody". The owner needs no permission and is left out.
  Task<Audience> AudienceOf(const ProgramRun& run, const ProgramCall& call, std::string_view argument);
  // Logs why zoobar itself could not answer a call. Returns the text for the program, which names who does not answer.
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

// A time in UTC as Python's time.asctime writes it: "Wed Nov 25 07:30:44 2026".
std::string ProgramTime(std::int64_t time_ms);

}  // namespace zoobar
