#include "roles/metrics/catalogue.h"

#include <algorithm>

namespace zoobar {
namespace {

using enum MetricKind;

constexpr MetricFamily kFamilies[] = {
    // Every role.
    {"zoobar_build_info", kGauge, "1, with the version of zoobar that runs."},
    {"zoobar_role_up", kGauge, "Whether the role's process answered when it was asked just now."},
    {"zoobar_role_start_time_seconds", kGauge, "When the role's process started, in seconds since 1970."},
    {"zoobar_role_restarts_total", kCounter, "How often the role's process was started again while metrics ran."},
    {"zoobar_calls_total", kCounter, "Calls between roles that the role has answered."},
    {"zoobar_calls_late_total", kCounter,
     "Calls that the role did not begin, because their callers had stopped waiting."},
    // Requests of clients.
    {"zoobar_http_requests_total", kCounter, "Requests of clients that were answered, by route and status."},
    {"zoobar_http_request_duration_seconds", kHistogram,
     "Time from the end of a request's head until its answer was composed."},
    {"zoobar_http_requests_unavailable_total", kCounter,
     "Requests that were answered with 503, because another role was busy or away."},
    {"zoobar_connections", kGauge, "Open connections of clients."},
    {"zoobar_connections_capacity", kGauge, "The most connections that may be open at once."},
    {"zoobar_connections_idle", kGauge, "Connections that wait for their next request."},
    {"zoobar_connections_handed_over", kGauge, "Connections that another role serves at the moment."},
    {"zoobar_connections_waiting", kGauge, "Connections that wait to be handed over to another role."},
    {"zoobar_connections_orphaned", kGauge, "Connections whose dispatcher has ended."},
    {"zoobar_connections_unnamed", kGauge, "Connections that wait for the header of the PROXY protocol."},
    {"zoobar_connections_accepted_total", kCounter, "Connections that were accepted."},
    {"zoobar_connections_turned_away_total", kCounter,
     "Connections that were turned away, because all places were taken."},
    {"zoobar_connections_gave_way_total", kCounter,
     "Connections that were closed, because their address held more places than another one."},
    {"zoobar_connections_refused_total", kCounter,
     "Connections refused on a listener with proxy_protocol: from a stranger, or without a valid header."},
    {"zoobar_connections_cut_off_total", kCounter, "TLS connections that were ended without a goodbye."},
    {"zoobar_site_draining", kGauge, "1 while the site takes no new connections (zoobar ctl drain)."},
    {"zoobar_files_cached", kGauge, "Files that dispatcher keeps in memory."},
    {"zoobar_files_cached_bytes", kGauge, "Memory that these files take."},
    {"zoobar_files_missing_remembered", kGauge, "Paths without a file that dispatcher remembers."},
    {"zoobar_files_opened_total", kCounter, "Files that static has opened."},
    {"zoobar_files_not_found_total", kCounter, "Files that static was asked for and that do not exist."},
    {"zoobar_files_unavailable_total", kCounter, "Files that could not be opened for another reason."},
    {"zoobar_challenges_served_total", kCounter, "Challenges of ACME that were served."},
    // TLS.
    {"zoobar_tls_handshakes_total", kCounter, "TLS handshakes that were finished."},
    {"zoobar_tls_handshakes_in_progress", kGauge, "TLS handshakes that are going on."},
    {"zoobar_tls_handshakes_failed_total", kCounter, "TLS handshakes that failed."},
    {"zoobar_tls_handshakes_resumed_total", kCounter, "TLS handshakes that resumed an earlier session."},
    {"zoobar_tls_handshakes_tls13_total", kCounter, "TLS handshakes of version 1.3."},
    {"zoobar_tls_handshakes_unsigned_total", kCounter, "TLS handshakes for which keys gave no signature."},
    {"zoobar_tls_connections_quiet", kGauge, "TLS connections on which nothing happens at the moment."},
    {"zoobar_tls_ticket_keys", kGauge, "Keys of TLS session tickets in use."},
    {"zoobar_tls_signatures_total", kCounter, "Handshakes that keys has signed."},
    {"zoobar_tls_signatures_refused_total", kCounter,
     "What keys was asked to sign and is no handshake. Each is an alarm."},
    {"zoobar_certificates", kGauge, "Certificates in use."},
    {"zoobar_certificates_installed_total", kCounter, "Certificates that were installed."},
    {"zoobar_certificate_not_after_timestamp_seconds", kGauge,
     "When the first certificate in use ends, in seconds since 1970. 0: there is none."},
    {"zoobar_http2_connections", kGauge, "Connections of HTTP/2."},
    {"zoobar_http2_streams", kGauge, "Open streams of HTTP/2."},
    {"zoobar_http2_streams_waiting", kGauge, "Streams of HTTP/2 that wait for their turn."},
    {"zoobar_http2_pairs", kGauge, "Sockets between edge and dispatcher that serve streams."},
    {"zoobar_http2_pairs_extra", kGauge, "Those of them beyond the first one of each connection."},
    {"zoobar_http2_held_bytes", kGauge, "Memory that edge holds for streams."},
    {"zoobar_http2_requests_total", kCounter, "Requests of HTTP/2."},
    {"zoobar_http2_resets_total", kCounter, "Streams that clients have reset."},
    {"zoobar_http2_abused_total", kCounter, "Connections that were ended, because the client flooded them."},
    {"zoobar_http2_no_response_total", kCounter, "Streams that ended without a whole response from dispatcher."},
    // Fair queues.
    {"zoobar_queue_running", kGauge, "Turns that the queue has granted and that are not over."},
    {"zoobar_queue_waiting", kGauge, "Callers that wait for a turn."},
    {"zoobar_queue_principals", kGauge, "Members or addresses that wait for a turn or have one."},
    {"zoobar_queue_most_waiting", kGauge, "The most callers of one member or address that wait at the moment."},
    {"zoobar_queue_granted_total", kCounter, "Turns that were granted."},
    {"zoobar_queue_refused_total", kCounter,
     "Callers that were refused: their own share was full, the queue was full, or it was too late."},
    {"zoobar_queue_given_up_total", kCounter, "Callers that left before they had a turn."},
    {"zoobar_queue_turn_seconds", kGauge, "How long a turn takes on average."},
    // Stores.
    {"zoobar_store_map_bytes", kGauge, "Size of the store's map. It doubles when it is full."},
    {"zoobar_store_used_bytes", kGauge, "Bytes of the store's pages that were ever used."},
    {"zoobar_store_commits_total", kCounter, "Groups of writes that are on disk."},
    {"zoobar_store_writes_total", kCounter, "Writes that were answered."},
    {"zoobar_store_growths_total", kCounter, "How often the map was doubled."},
    {"zoobar_store_no_room_total", kCounter, "Writes that were refused, because the disk or the store was full."},
    {"zoobar_store_late_writes_total", kCounter,
     "Writes that were not begun, because their callers had stopped waiting."},
    // Accounts.
    {"zoobar_logins_total", kCounter,
     "Attempts to log in, by outcome. slowed: told to come back later, after failures before it."},
    {"zoobar_logins_unjudged_total", kCounter, "Logins that were admitted while honeychecker did not answer."},
    {"zoobar_honeyword_logins_total", kCounter,
     "Attempts to log in with a honeyword, as auth saw them. Each is an alarm."},
    {"zoobar_honeyword_alarms_total", kCounter, "The same, as honeychecker saw them."},
    {"zoobar_honeywords_checked_total", kCounter, "Sweetwords that honeychecker has judged."},
    {"zoobar_passwords_rehashed_total", kCounter, "Passwords whose hash was renewed with other parameters."},
    {"zoobar_calls_in_flight", kGauge, "Calls that auth is working on."},
    {"zoobar_hashing_waiting", kGauge, "Hashes of passwords that wait for a thread."},
    {"zoobar_sessions", kGauge, "Sessions of members. Expired ones count until they are removed, within minutes."},
    {"zoobar_console_sessions", kGauge, "Sessions of the operator's page."},
    {"zoobar_sessions_expired_total", kCounter, "Sessions that were removed, because their time was over."},
    {"zoobar_login_claims", kGauge, "Logins and registrations whose browsers come back for the outcome."},
    {"zoobar_login_claims_waiting", kGauge, "Those of them that are not decided yet."},
    {"zoobar_passkey_challenges_used", kGauge, "Challenges that passkeys have answered in the last five minutes."},
    {"zoobar_throttle_held", kGauge, "Logins that are delayed at the moment."},
    {"zoobar_throttle_lanes", kGauge, "Accounts and addresses with failures that are not forgotten yet."},
    {"zoobar_throttle_waiting", kGauge, "Logins that wait behind another one to the same account."},
    {"zoobar_throttle_refused_total", kCounter, "Logins that were refused, because too many waited."},
    {"zoobar_course_graders", kGauge, "1 while any new password is accepted, for the graders of the course."},
    // The bank.
    {"zoobar_transfers_total", kCounter, "Transfers by members."},
    {"zoobar_program_payments_total", kCounter, "Payments by programs."},
    {"zoobar_program_payments_refused_total", kCounter,
     "Payments by programs beyond the limits that their owners have set."},
    {"zoobar_acts_refused_total", kCounter, "Acts beyond what one member may do in an hour."},
    {"zoobar_acts_members", kGauge, "Members whose acts of the last hour are remembered."},
    {"zoobar_offers_total", kCounter, "Offers that were made."},
    {"zoobar_offers_ended_total", kCounter, "Offers that were accepted, declined, withdrawn, or have expired."},
    {"zoobar_tickets_refused_total", kCounter, "Acts without a valid ticket."},
    {"zoobar_money_log_entries_dropped_total", kCounter, "Entries of the journal that the money log did not take."},
    {"zoobar_journal_heads_signed_total", kCounter, "Heads of the journal that notary has signed."},
    {"zoobar_course_deeds_total", kCounter, "Tasks of the course that members have done, as course has kept it."},
    {"zoobar_course_deeds_lost_total", kCounter,
     "Deeds that the page \"Tasks\" does not have, because a table is full."},
    {"zoobar_course_members", kGauge, "Members who have done a task of the course."},
    {"zoobar_journal_heads_refused_total", kCounter, "Heads that do not continue the last one. Each is an alarm."},
    {"zoobar_journal_signed_entries", kGauge, "Entries below the last signed head."},
    // Profiles and programs.
    {"zoobar_profiles_saved_total", kCounter, "Profiles that were saved."},
    {"zoobar_profiles_cleaned_again_total", kCounter, "Profiles that were cleaned again for a new allow-list."},
    {"zoobar_cleanings_shared_total", kCounter, "Outputs of programs that were cleaned together with an equal one."},
    {"zoobar_documents_total", kCounter, "Documents that sanitizer was given, by outcome."},
    {"zoobar_program_runs_total", kCounter, "Runs of members' programs."},
    {"zoobar_program_runs_ended_total", kCounter, "Runs that did not end by themselves, by reason."},
    {"zoobar_program_visits_refused_total", kCounter, "Looks at a program that were not run, by reason."},
    {"zoobar_program_api_calls_total", kCounter, "Calls of the API by programs."},
    {"zoobar_program_api_refused_total", kCounter, "Calls of the API that were refused."},
    {"zoobar_program_api_payments_total", kCounter, "Payments that programs asked for."},
    {"zoobar_sandbox_runs_total", kCounter, "Runs that sandbox has begun, canaries too."},
    {"zoobar_sandbox_runs", kGauge, "Runs that exist now, those that wait for a program too."},
    {"zoobar_sandbox_runs_refused_total", kCounter, "Runs that sandbox refused, because all places were taken."},
    {"zoobar_sandbox_denials_total", kCounter, "System calls of programs that were denied."},
    {"zoobar_sandbox_interpreters_total", kCounter, "Interpreters that were started."},
    {"zoobar_canaries_total", kCounter, "Canary programs that have tested the walls."},
    {"zoobar_canaries_failed_total", kCounter, "Canaries that found a wall missing. Each is an alarm."},
    {"zoobar_walls_broken", kGauge, "1 while no program is run, because a wall is missing."},
    // Logs.
    {"zoobar_log_lines_total", kCounter, "Lines that logger has written."},
    {"zoobar_log_lines_dropped_total", kCounter, "Lines over the budget of their role, by role and kind of line."},
    {"zoobar_log_lines_lost_total", kCounter, "Lines that could not be written."},
    {"zoobar_log_repeats_total", kCounter, "Security lines that were counted and not written."},
    {"zoobar_alarms_total", kCounter, "Alarms, by event. docs/operate.md says what to do about each."},
    {"zoobar_last_alarm_timestamp_seconds", kGauge, "When the last alarm was, in seconds since 1970. 0: never."},
    {"zoobar_sealed_records_total", kCounter, "Records of the sealed logs."},
    {"zoobar_sealed_records_dropped_total", kCounter, "Lines that were counted and not sealed."},
};

constexpr double kMicro = 1e6, kMilli = 1e3;

constexpr MetricRow kRows[] = {
    {"calls.*.*", "zoobar_calls_total", "caller=*,method=*"},
    {"late.*.*", "zoobar_calls_late_total", "caller=*,method=*"},

    {"requests", ""},  // zoobar_http_requests_total has them
    {"requests.unavailable", "zoobar_http_requests_unavailable_total"},
    {"console.sessions", "zoobar_console_sessions"},
    {"connections", "zoobar_connections"},
    {"connections.capacity", "zoobar_connections_capacity"},
    {"connections.idle", "zoobar_connections_idle"},
    {"connections.quiet", "zoobar_tls_connections_quiet"},
    {"connections.orphans", "zoobar_connections_orphaned"},
    {"connections.unnamed", "zoobar_connections_unnamed"},
    {"connections.accepted", "zoobar_connections_accepted_total"},
    {"connections.turned_away", "zoobar_connections_turned_away_total"},
    {"connections.gave_way", "zoobar_connections_gave_way_total"},
    {"connections.from_strangers", "zoobar_connections_refused_total", "reason=stranger"},
    {"connections.header_refused", "zoobar_connections_refused_total", "reason=header"},
    {"connections.cut_off", "zoobar_connections_cut_off_total"},
    {"connections.at_*", "zoobar_connections_handed_over", "to=*"},
    {"connections.waiting_for_*", "zoobar_connections_waiting", "to=*"},
    {"draining", "zoobar_site_draining"},
    {"files.cached", "zoobar_files_cached"},
    {"files.cached_bytes", "zoobar_files_cached_bytes"},
    {"files.missing", "zoobar_files_missing_remembered"},
    {"files.opened", "zoobar_files_opened_total"},
    {"files.not_found", "zoobar_files_not_found_total"},
    {"files.unavailable", "zoobar_files_unavailable_total"},
    {"challenges.served", "zoobar_challenges_served_total"},

    {"handshakes", "zoobar_tls_handshakes_total"},
    {"handshakes.now", "zoobar_tls_handshakes_in_progress"},
    {"handshakes.failed", "zoobar_tls_handshakes_failed_total"},
    {"handshakes.resumed", "zoobar_tls_handshakes_resumed_total"},
    {"handshakes.tls13", "zoobar_tls_handshakes_tls13_total"},
    {"handshakes.unsigned", "zoobar_tls_handshakes_unsigned_total"},
    {"handshakes.waiting_for_keys", ""},  // the queue "signatures"
    {"ticket_keys", "zoobar_tls_ticket_keys"},
    {"signatures", "zoobar_tls_signatures_total"},
    {"signatures.refused", "zoobar_tls_signatures_refused_total"},
    {"certificates", "zoobar_certificates"},
    {"certificates.installed", "zoobar_certificates_installed_total"},
    {"certificates.first_end", "zoobar_certificate_not_after_timestamp_seconds"},
    {"http2.connections", "zoobar_http2_connections"},
    {"http2.streams", "zoobar_http2_streams"},
    {"http2.streams.waiting", "zoobar_http2_streams_waiting"},
    {"http2.pairs", "zoobar_http2_pairs"},
    {"http2.pairs.extra", "zoobar_http2_pairs_extra"},
    {"http2.held_bytes", "zoobar_http2_held_bytes"},
    {"http2.requests", "zoobar_http2_requests_total"},
    {"http2.resets", "zoobar_http2_resets_total"},
    {"http2.abused", "zoobar_http2_abused_total"},
    {"http2.no_response", "zoobar_http2_no_response_total"},

    {"queue.*.running", "zoobar_queue_running", "queue=*"},
    {"queue.*.waiting", "zoobar_queue_waiting", "queue=*"},
    {"queue.*.principals", "zoobar_queue_principals", "queue=*"},
    {"queue.*.most_waiting", "zoobar_queue_most_waiting", "queue=*"},
    {"queue.*.granted", "zoobar_queue_granted_total", "queue=*"},
    {"queue.*.refused.share", "zoobar_queue_refused_total", "queue=*,reason=share"},
    {"queue.*.refused.full", "zoobar_queue_refused_total", "queue=*,reason=full"},
    {"queue.*.refused.late", "zoobar_queue_refused_total", "queue=*,reason=late"},
    {"queue.*.given_up", "zoobar_queue_given_up_total", "queue=*"},
    {"queue.*.mean_us", "zoobar_queue_turn_seconds", "queue=*", kMicro},

    {"store.map_bytes", "zoobar_store_map_bytes"},
    {"store.used_bytes", "zoobar_store_used_bytes"},
    {"store.commits", "zoobar_store_commits_total"},
    {"store.writes", "zoobar_store_writes_total"},
    {"store.growths", "zoobar_store_growths_total"},
    {"store.no_room", "zoobar_store_no_room_total"},
    {"store.late", "zoobar_store_late_writes_total"},

    {"logins", "zoobar_logins_total", "outcome=ok"},
    {"logins.failed", "zoobar_logins_total", "outcome=failed"},
    {"logins.busy", "zoobar_logins_total", "outcome=busy"},
    {"logins.slowed", "zoobar_logins_total", "outcome=slowed"},
    {"honeywords.alarms", "zoobar_honeyword_logins_total"},
    {"honeywords.unjudged", "zoobar_logins_unjudged_total"},
    {"alarms", "zoobar_honeyword_alarms_total", {}, 1, ROLE_HONEYCHECKER},
    {"checked", "zoobar_honeywords_checked_total"},
    {"passwords.rehashed", "zoobar_passwords_rehashed_total"},
    {"in-flight", "zoobar_calls_in_flight"},
    {"hashing.waiting", "zoobar_hashing_waiting"},
    {"sessions", "zoobar_sessions"},
    {"sessions.expired", "zoobar_sessions_expired_total"},
    {"claims", "zoobar_login_claims"},
    {"claims.waiting", "zoobar_login_claims_waiting"},
    {"passkeys.challenges", "zoobar_passkey_challenges_used"},
    {"throttle.held", "zoobar_throttle_held"},
    {"throttle.lanes", "zoobar_throttle_lanes"},
    {"throttle.waiting", "zoobar_throttle_waiting"},
    {"throttle.refused", "zoobar_throttle_refused_total"},
    {"course_graders", "zoobar_course_graders"},

    {"transfers", "zoobar_transfers_total"},
    {"payments", "zoobar_program_payments_total"},
    {"payments.past-limits", "zoobar_program_payments_refused_total"},
    {"acts.past-rate", "zoobar_acts_refused_total"},
    {"acts.members", "zoobar_acts_members"},
    {"offers", "zoobar_offers_total"},
    {"offers.ended", "zoobar_offers_ended_total"},
    {"tickets.refused", "zoobar_tickets_refused_total"},
    {"money-log.dropped", "zoobar_money_log_entries_dropped_total"},
    {"deeds.kept", "zoobar_course_deeds_total"},
    {"deeds.without-place", "zoobar_course_deeds_lost_total", "where=course"},
    {"deeds.dropped", "zoobar_course_deeds_lost_total", "where=logger"},
    {"course.members", "zoobar_course_members"},
    {"heads.signed", "zoobar_journal_heads_signed_total"},
    {"heads.refused", "zoobar_journal_heads_refused_total"},
    {"journal.signed-entries", "zoobar_journal_signed_entries"},

    {"saved", "zoobar_profiles_saved_total"},
    {"cleaned_again", "zoobar_profiles_cleaned_again_total"},
    {"cleaned_with_another", "zoobar_cleanings_shared_total"},
    {"cleaned", "zoobar_documents_total", "outcome=cleaned"},
    {"refused", "zoobar_documents_total", "outcome=refused"},
    {"programs.run", "zoobar_program_runs_total"},
    {"programs.running", ""},  // the queue "programs" has both
    {"programs.waiting", ""},
    {"programs.failed", "zoobar_program_runs_ended_total", "reason=failed"},
    {"programs.too-long", "zoobar_program_runs_ended_total", "reason=too_long"},
    {"programs.stopped", "zoobar_program_runs_ended_total", "reason=stopped"},
    {"programs.ended_for_others", "zoobar_program_runs_ended_total", "reason=ended_for_others"},
    {"programs.busy", "zoobar_program_visits_refused_total", "reason=busy"},
    {"programs.paused", "zoobar_program_visits_refused_total", "reason=paused"},
    {"api.calls", "zoobar_program_api_calls_total"},
    {"api.refused", "zoobar_program_api_refused_total"},
    {"api.payments", "zoobar_program_api_payments_total"},
    {"runs", "zoobar_sandbox_runs_total"},
    {"runs.now", "zoobar_sandbox_runs"},
    {"refused.full", "zoobar_sandbox_runs_refused_total"},
    {"denials", "zoobar_sandbox_denials_total"},
    {"interpreters", "zoobar_sandbox_interpreters_total"},
    {"canaries", "zoobar_canaries_total"},
    {"canaries.failed", "zoobar_canaries_failed_total"},
    {"walls.broken", "zoobar_walls_broken"},

    {"log.lines", "zoobar_log_lines_total"},
    {"log.dropped", ""},  // the sum of the next row
    {"dropped.*.*", "zoobar_log_lines_dropped_total", "writer=*,kind=*"},
    {"log.lost", "zoobar_log_lines_lost_total", "to=disk"},
    {"log.stderr_lost", "zoobar_log_lines_lost_total", "to=stderr"},
    {"log.repeats", "zoobar_log_repeats_total"},
    {"alarms", "", {}, 1, ROLE_LOGGER},  // the sum of alarms.*
    {"alarms.last_ms", "zoobar_last_alarm_timestamp_seconds", {}, kMilli},
    {"alarms.*", "zoobar_alarms_total", "event=*"},
    {"audit.records", "zoobar_sealed_records_total", "log=audit"},
    {"money.records", "zoobar_sealed_records_total", "log=money"},
    {"audit.dropped", "zoobar_sealed_records_dropped_total", "log=audit"},
    {"money.dropped", "zoobar_sealed_records_dropped_total", "log=money"},
};

bool HasStar(const MetricRow& row) { return row.counter.find('*') != row.counter.npos; }

}  // namespace

std::span<const MetricFamily> MetricFamilies() { return kFamilies; }

std::span<const MetricRow> MetricRows() { return kRows; }

std::optional<std::vector<std::string_view>> StarsIn(std::string_view pattern, std::string_view name) {
  using Stars = std::vector<std::string_view>;
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return pattern == name ? std::optional(Stars()) : std::nullopt;
  if (!name.starts_with(pattern.substr(0, star))) return std::nullopt;
  pattern.remove_prefix(star + 1);
  name.remove_prefix(star);
  if (pattern.find('*') != pattern.npos) {
    const std::size_t dot = name.find('.');  // both patterns with two stars have a dot between them
    if (dot == name.npos || dot == 0 || dot + 1 == name.size()) return std::nullopt;
    return Stars{name.substr(0, dot), name.substr(dot + 1)};
  }
  if (!name.ends_with(pattern) || name.size() <= pattern.size()) return std::nullopt;
  return Stars{name.substr(0, name.size() - pattern.size())};
}

MetricMatch MatchMetric(Role role, std::string_view counter) {
  for (const bool star : {false, true}) {
    for (const MetricRow& row : kRows) {
      if (HasStar(row) != star || (row.role != ROLE_UNSPECIFIED && row.role != role)) continue;
      if (auto stars = StarsIn(row.counter, counter)) return {&row, std::move(*stars)};
    }
  }
  return {};
}

}  // namespace zoobar
