#include "roles/logger/kinds.h"

#include <algorithm>

namespace zoobar {
namespace {

constexpr bool kAlarm = true;
// The limits for lines about denials of members' programs. They are high because one run can cause 16 denials. A
// program with many denials is slowed and then paused, so it causes fewer lines after that.
constexpr std::uint32_t kOfPrograms = 2000, kOfOneProgram = 40;
constexpr std::uint32_t kTasks = 64;
constexpr std::uint32_t kOfClass = 2000, kOfSite = 20000;
// notary signs a head every minute by default, and for members who want a statement at most five in a second.
constexpr std::uint32_t kHeads = 720;

constexpr SecurityKind kKinds[] = {
    // Passwords: somebody used data that is stored only in the stores, or the stores contradict each other.
    {"honeyword-used", ROLE_HONEYCHECKER, "member", kAlarm},
    {"index-unknown", ROLE_HONEYCHECKER, "member", kAlarm},
    {"login-not-judged", ROLE_AUTH, "member", kAlarm},
    {"account-locked", ROLE_AUTH, "member", kAlarm},
    {"account-not-locked", ROLE_AUTH, "name", kAlarm},
    {"account-unlocked", ROLE_AUTH, "member", kAlarm},
    // Somebody who controls admin sends acts that the operator has not signed.
    {"operator-act-refused", ROLE_UNSPECIFIED, "why", kAlarm},
    // Faults in the members' balances.
    {"ledger-fault", ROLE_BANK, "what", kAlarm},
    {"bank-unsound", ROLE_ADMIN, "", kAlarm},
    // bank shows another history of the journal than the one that notary has signed.
    {"journal-fork", ROLE_NOTARY, "", kAlarm},
    // Faults in the walls around members' programs.
    {"canary-failed", ROLE_PROFILE, "", kAlarm},
    {"walls-failed", ROLE_SANDBOX, "", kAlarm},
    // Roles that break the protocol, as only a compromised or faulty role does, or that die.
    {"peer-misbehaved", ROLE_UNSPECIFIED, "peer", kAlarm},
    {"accused", ROLE_MASTER, "role", kAlarm},
    {"bad-state-byte", ROLE_MASTER, "role", kAlarm},
    {"died", ROLE_MASTER, "role", kAlarm},
    {"start-failed", ROLE_MASTER, "role", kAlarm},
    {"start-hangs", ROLE_MASTER, "role", kAlarm},
    {"role-degraded", ROLE_MASTER, "role", kAlarm},
    {"role-recovered", ROLE_MASTER, "role", kAlarm},
    // Misuse of the control socket.
    {"control-refused", ROLE_ADMIN, "uid", kAlarm},
    {"console-refused", ROLE_ADMIN, "", kAlarm},
    // edge asks keys to sign something that is no handshake, as only a compromised or faulty edge does.
    {"signature-refused", ROLE_KEYS, "instance", kAlarm},
    {"control-misbehaved", ROLE_ADMIN, "uid", kAlarm},
    {"control-full", ROLE_ADMIN, "uid", kAlarm},
    // Faults of the logs themselves.
    {"log-not-opened", ROLE_MASTER, "file", kAlarm},
    {"log-not-rotated", ROLE_MASTER, "file", kAlarm},
    {"log-not-written", ROLE_LOGGER, "file", kAlarm},
    {"log-lines-lost", ROLE_LOGGER, "file", kAlarm},
    {"audit-end-missing", ROLE_MASTER, "file", kAlarm},

    // These are no alarms, because clients, members or the operator can cause them whenever they want.
    {"cross-site-post", ROLE_APP, "address"},
    {"cross-site-post", ROLE_LOGIN, "address"},
    {"login-failed", ROLE_AUTH, "address"},
    {"password-change-failed", ROLE_AUTH, "name"},
    {"course-graders", ROLE_AUTH, ""},
    // The operator may add a large class, or give everybody a new password.
    {"member-added", ROLE_AUTH, "member", false, kOfClass, 20, kOfSite, 20},
    {"password-reset", ROLE_AUTH, "member", false, kOfClass, 20, kOfSite, 20},
    {"passkey-added", ROLE_AUTH, "member"},
    {"passkey-removed", ROLE_AUTH, "member"},
    {"account-locked-by-operator", ROLE_AUTH, "member"},
    {"sessions-ended-by-operator", ROLE_AUTH, "member"},
    {"account-closed", ROLE_AUTH, "member"},
    {"account-closed", ROLE_BANK, "member"},
    {"profile-erased", ROLE_PROFILE, "owner"},
    {"ticket-refused", ROLE_BANK, "from"},
    {"ticket-refused", ROLE_PROFILE, "from"},
    {"static-file-refused", ROLE_DISPATCHER, "path"},
    {"program-denied", ROLE_PROFILE, "owner", false, kOfPrograms, kOfOneProgram},
    {"program-ended", ROLE_PROFILE, "owner", false, kOfPrograms, kOfOneProgram},
    {"http2-abused", ROLE_EDGE, "address"},
    {"certificate-installed", ROLE_KEYS, "names"},
    {"program-paused", ROLE_PROFILE, "owner"},
    {"program-resumed", ROLE_PROFILE, "owner"},
    {"sandbox-reset", ROLE_SANDBOX, ""},
    {"control-idle", ROLE_ADMIN, "uid"},
    // These two are no security events. They are here so that they are sealed. A class of 60 may do 30 tasks in an hour.
    {"task-done", ROLE_COURSE, "member", false, kOfClass, kTasks, kOfSite, kTasks},
    {"journal-head", ROLE_NOTARY, "journal", false, 200, 20, kHeads, kHeads},

    // No security events, but audit.log has them: when the site was started and stopped, with which settings, and who
    // used the control socket.
    {"starting", ROLE_MASTER, "version"},
    {"stopping", ROLE_MASTER, ""},
    {"reloaded", ROLE_MASTER, ""},
    {"control-opened", ROLE_ADMIN, "uid", false, 200, 20, 600, 200},
    {"console-opened", ROLE_ADMIN, ""},
    // Members who log in with passkeys. A whole class may do so within an hour, several times.
    {"passkey-login", ROLE_AUTH, "member", false, 200, 20, 2000, 40},
};

}  // namespace

std::span<const SecurityKind> SecurityKinds() { return kKinds; }

const SecurityKind* FindSecurityKind(Role from, std::string_view event) {
  const auto found = std::ranges::find_if(kKinds, [&](const SecurityKind& kind) {
    return kind.event == event && (kind.raised_by == ROLE_UNSPECIFIED || kind.raised_by == from);
  });
  return found == std::end(kKinds) ? nullptr : found;
}

}  // namespace zoobar
