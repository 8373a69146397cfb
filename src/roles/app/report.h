// What app tells the owner of a program about its runs and its state, in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pages/pages.h"
#include "profile.pb.h"

namespace zoobar {

// Makes the report about the run of a visit or of a preview. The report is empty if profile told nothing, as for a
// visitor. Its texts belong to `shown`, which must outlive the report.
// files: as in HintsOf.
RunReport ReportOf(const ShowReply& shown, const std::vector<std::string>* files = nullptr);

// Finds the line at which a run failed, or at which it was stopped. The result points into `shown`.
FailedAt FailedAtOf(const ShowReply& shown);
// Whether a program ended because a file does not exist.
bool MissesFile(std::string_view errors);

// Returns what a run used, each with its limit.
std::vector<RunReport::Use> UseRows(const RunUse& use);

// Says whether the saved program runs, is slowed or is paused, why, and how long.
std::string DescribeState(const ProgramState& state, std::int64_t now_ms);
// Says the same about previews. Returns an empty text if they are neither slowed nor paused.
std::string DescribePreviews(const ProgramState& state, std::int64_t now_ms);

inline bool IsStopped(const ProgramState& state) { return state.paused() || state.paused_until_ms() > 0; }

// Returns "Removed: <svg>, onclick.", or an empty text if nothing was removed.
std::string DescribeRemoved(const google::protobuf::RepeatedPtrField<std::string>& names);

}  // namespace zoobar
