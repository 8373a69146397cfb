// Every module of Debian's Python library, imported in a run of its own, and used for what it is for. What it finds is
// the table in docs/python.md. If the table is not what the test finds, the test fails. This writes the table anew:
//   sudo ZOOBAR_WRITE_DOCS=1 build/release/confinement_test --gtest_filter='LibraryTest*'
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "confinement/confined_sandbox.h"
#include "live_site/processes.h"

namespace zoobar {
namespace {

namespace fs = std::filesystem;

constexpr const char* kUses = ZOOBAR_SOURCE_DIR "/test/confinement/library_uses.txt";
constexpr const char* kDocument = ZOOBAR_SOURCE_DIR "/docs/python.md";
constexpr const char* kLibrary = "/usr/lib/python" ZOOBAR_PYTHON;
constexpr std::size_t kTogether = 4;
constexpr const char* kBegin = "<!-- LibraryTest writes from here -->\n";

struct Use {
  enum class Kind { kWorks, kRefused, kDepends } kind;
  std::string before;  // the version of Python that no longer has it, such as "3.13"; empty: none
  std::string reason, code;
};

std::map<std::string, Use> ReadUses() {
  std::map<std::string, Use> uses;
  std::ifstream file(kUses);
  Use* use = nullptr;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("### ")) {
      if (use) use->code += line + "\n";
      continue;
    }
    std::size_t end = std::min(line.find(' ', 4), line.size());
    const std::string name = line.substr(4, end - 4);
    std::string before;
    if (line.substr(end).starts_with(" <")) {
      const std::size_t begin = end + 2;
      end = std::min(line.find(' ', begin), line.size());
      before = line.substr(begin, end - begin);
    }
    const std::string sign = line.substr(end, 4), reason = end < line.size() ? line.substr(end + 4) : "";
    use = &uses[name];
    use->before = before;
    use->kind = sign.empty() ? Use::Kind::kWorks : sign == " -- " ? Use::Kind::kRefused : Use::Kind::kDepends;
    use->reason = reason;
  }
  return uses;
}

bool IsOfPythonsOwnTests(const std::string& part) {
  static const std::set<std::string> names = {"test", "tests", "idle_test", "__pycache__", "dist-packages"};
  return names.contains(part) || part.starts_with("config-") || part.starts_with("_test") || part.starts_with("xx") ||
         part.starts_with("_xx") || part == "_ctypes_test" || part == "__main__" || part == "sitecustomize";
}

// Adds the modules in a folder. `prefix` is the name of the package with a dot at the end.
void AddModules(const fs::path& folder, const std::string& prefix, std::set<std::string>& modules) {
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename(), name = file.substr(0, file.find('.'));
    if (IsOfPythonsOwnTests(name) || name == "__init__" || name.find('-') != name.npos) continue;
    if (entry.is_directory()) {
      if (!fs::exists(entry.path() / "__init__.py")) continue;
      modules.insert(prefix + name);
      AddModules(entry.path(), prefix + name + ".", modules);
    } else if (entry.path().extension() == ".py" || entry.path().extension() == ".so") {
      modules.insert(prefix + name);
    }
  }
}

std::string Indented(const std::string& code) {
  std::istringstream lines(code);
  std::string text;
  for (std::string line; std::getline(lines, line);) text += "    " + line + "\n";
  return text;
}

class LibraryTest : public testing::Test {
 protected:
  // Runs the program of each name, and returns the results.
  std::map<std::string, RunOutput> RunAll(const std::map<std::string, std::string>& programs) {
    std::map<std::string, RunOutput> results;
    std::vector<std::string> names, sources;
    const auto run = [&] {
      std::vector<RunOutput> outputs = sandbox_.RunTogether(sources, Milliseconds(30000));
      for (std::size_t i = 0; i < names.size(); ++i) results.emplace(names[i], std::move(outputs[i]));
      names.clear();
      sources.clear();
    };
    for (const auto& [name, source] : programs) {
      names.push_back(name);
      sources.push_back(source);
      if (names.size() == kTogether) run();
    }
    if (!names.empty()) run();
    return results;
  }

  static void ExpectNotDenied(const std::string& module, const RunOutput& run) {
    for (const auto& denial : run.end.denials()) ADD_FAILURE() << module << " was denied " << denial.call();
  }

  static bool EndedWell(const RunOutput& run) { return run.end.end() == WaitReply::END_EXIT && run.end.status() == 0; }

  // The public modules, as Python names them.
  std::set<std::string> PublicModules() {
    const RunOutput run = sandbox_.Run("import sys\nprint(*(n for n in sys.stdlib_module_names if n[0] != '_'))");
    std::istringstream words(run.output);
    std::set<std::string> names;
    for (std::string word; words >> word;) names.insert(word);
    return names;
  }

  ConfinedSandbox sandbox_;
};

// Whether the Python of this machine has the module.
bool IsOfThisPython(const Use& use) {
  const auto minor = [](const std::string& version) { return std::stoi(version.substr(version.find('.') + 1)); };
  return use.before.empty() || minor(ZOOBAR_PYTHON) < minor(use.before);
}

// A row of the table. The rows are the same whatever version of Python the test runs with.
std::string RowOf(const std::string& module, const Use& use) {
  const char* how = "not here";
  if (use.kind == Use::Kind::kWorks) how = "works";
  if (use.kind == Use::Kind::kRefused) how = "can be imported";
  std::string remark = use.before.empty() ? "" : "Only before Python " + use.before + ".";
  if (!use.reason.empty()) remark += (remark.empty() ? "" : " ") + use.reason;
  return fmt::format("| {} | {} |{} |\n", module, how, remark.empty() ? "" : " " + remark);
}

// What docs/python.md should hold. Each version of Python has a section of its own for the modules that are missing. The
// sections of other versions stay as they are.
std::string DocumentWith(const std::string& document, const std::string& table, const std::string& missing) {
  const std::string heading = "\n## Parts of these modules, and modules below them, that are not here: Python ";
  const std::string own = heading + ZOOBAR_PYTHON "\n";
  const std::size_t begin = document.find(kBegin);
  const std::size_t first = std::min(document.find(heading, begin), document.size());
  std::string expected = document.substr(0, begin) + kBegin + table, sections = document.substr(first);
  const std::size_t at = std::min(sections.find(own), sections.size());
  const std::size_t end = std::min(sections.find(heading, at + 1), sections.size());
  sections.replace(at, end - at, own + "| module | what Python says |\n|---|---|\n" + missing);
  return expected + sections;
}

TEST_F(LibraryTest, TheTableSaysHowEachModuleBehavesAndNoneIsDenied) {
  const std::map<std::string, Use> uses = ReadUses();
  std::map<std::string, std::string> imports, programs;
  for (const std::string& module : PublicModules()) {
    EXPECT_TRUE(uses.contains(module)) << "library_uses.txt has no use of " << module;
    imports[module] = "import " + module;
  }
  for (const auto& [module, use] : uses) {
    if (!IsOfThisPython(use)) {
      EXPECT_FALSE(imports.contains(module)) << "a module of this Python: " << module;
      continue;
    }
    EXPECT_TRUE(imports.contains(module)) << "not a module of this Python: " << module;
    if (use.kind == Use::Kind::kWorks) programs[module] = "import " + module + "\n" + use.code;
    if (use.kind == Use::Kind::kRefused) {
      programs[module] = "import " + module + "\ntry:\n" + Indented(use.code) +
                         "except OSError:\n    print('refused')\nelse:\n    print('works')";
    }
  }
  std::set<std::string> modules;
  AddModules(kLibrary, "", modules);
  AddModules(std::string(kLibrary) + "/lib-dynload", "", modules);
  for (const std::string& module : modules) imports[module] = "import " + module;

  std::string table = "| module | in a run | |\n|---|---|---|\n", missing;
  const std::map<std::string, RunOutput> used = RunAll(programs);
  for (const auto& [module, use] : uses) {
    table += RowOf(module, use);
    if (use.kind == Use::Kind::kDepends || !IsOfThisPython(use)) continue;
    const RunOutput& run = used.at(module);
    EXPECT_TRUE(EndedWell(run)) << module << ": " << run.errors;
    if (use.kind == Use::Kind::kWorks) ExpectNotDenied(module, run);
    if (use.kind == Use::Kind::kRefused) {
      EXPECT_THAT(run.output, testing::EndsWith("refused\n")) << module;
    }
  }
  for (const auto& [module, run] : RunAll(imports)) {
    ExpectNotDenied(module, run);
    if (EndedWell(run)) continue;
    std::string top = module.substr(0, module.find('.'));
    if (!uses.contains(top) && top.starts_with("_")) top.erase(0, 1);
    if (const auto use = uses.find(top); use != uses.end() && use->second.kind == Use::Kind::kDepends) continue;
    const std::string said = run.errors.substr(run.errors.rfind('\n', run.errors.size() - 2) + 1);
    EXPECT_THAT(said, testing::ContainsRegex("(Import|ModuleNotFound)Error: ")) << module << ": " << run.errors;
    missing += fmt::format("| {} | {} |\n", module, said.substr(0, said.find('\n')));
  }
  const std::string document = ReadWhole(kDocument);
  ASSERT_NE(document.find(kBegin), std::string::npos) << kDocument << " has no line " << kBegin;
  const std::string expected = DocumentWith(document, table, missing);
  if (std::getenv("ZOOBAR_WRITE_DOCS")) std::ofstream(kDocument) << expected;
  EXPECT_EQ(ReadWhole(kDocument), expected);
}

}  // namespace
}  // namespace zoobar
