// What is said about the end of a run: to the visitor in one word, and to the owner in sentences and figures.
#pragma once

#include <string>
#include <string_view>

#include "config.pb.h"
#include "ipc/loop.h"
#include "profile.pb.h"
#include "roles/profile/run_client.h"

namespace zoobar {

// The time that a run of this site may be given.
Milliseconds TimeLimit(const Config::Profile& settings);

// Returns whether the run was ended because of what the program tried.
bool WasEndedForIt(const RunOutput& output);

// limit: the time that this run might be given, which is less than TimeLimit if the visit had to wait for its turn.
ShowReply::Run HowItEnded(const RunOutput& output, Milliseconds limit, Milliseconds time_limit);

// Returns a text for the owner that says why the run was stopped or failed, and which line it was running. source: the
// program as it was executed. The text is empty if nothing was wrong, or if the traceback says the reason.
std::string WhyItEnded(ShowReply::Run result, const RunOutput& output, std::string_view source,
                       const Config::Profile& settings);

// calls: how many calls of the API the run made.
RunUse UseOf(const RunOutput& output, std::uint32_t calls, const Config::Profile& settings);

}  // namespace zoobar
