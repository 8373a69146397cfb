// The report of a class: who has done which task, and when. `zoobar ctl class report` prints it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "config.pb.h"
#include "ipc/result.h"
#include "marking/marks.h"

namespace zoobar {

enum class ReportForm { kForPeople, kCsv, kAsJson };

struct ReportOptions {
  std::string state_dir;
  std::string tasks_file;    // a TaskFile; empty: the tasks are those of the running site
  std::string since, until;  // as ParseMoment reads them; empty: no bound
  std::string class_file;    // its first column has the members to report; empty: everybody who has done something
  bool raw = false;          // as Marks::Options
  ReportForm form = ReportForm::kForPeople;
};

// Reads the tasks of a file. Errors as AddTasks.
Result<Config::Tasks> ReadTasks(const std::string& file);

// One row of the report.
struct ReportRow {
  std::string member;
  std::uint32_t points = 0;
  Marks::OfMember done;
};
// The rows: of these members in their order, or of all in the order of their names if `members` is empty.
std::vector<ReportRow> RowsOf(const Marks& marks, const std::vector<std::string>& members);

void PrintReport(const std::vector<ReportRow>& rows, const Config::Tasks& tasks, ReportForm form, std::ostream& out);

// Reads the files of the logs below options.state_dir, and prints the report. The site need not run. Returns the exit
// status (exit_status.h); a line on `err` says what is wrong.
int ReportClass(const ReportOptions& options, Config::Tasks tasks, std::ostream& out, std::ostream& err);

}  // namespace zoobar
