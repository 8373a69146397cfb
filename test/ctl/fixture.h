// `zoobar ctl` beside a real admin, with the peers that a test connects.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "ctl/command_line.h"
#include "roles/admin/fixture.h"

namespace zoobar {

class CtlFixture : public AdminFixture {
 protected:
  // The words of `zoobar ctl COMMAND`. command: may have several words.
  std::vector<std::string> Words(const std::string& command, bool json, const std::string& member) const {
    std::vector<std::string> words = {"ctl"};
    std::istringstream parts(command);
    for (std::string word; parts >> word;) words.push_back(word);
    words.insert(words.end(), {"--state-dir", state_});
    if (!secret_file_.empty()) words.insert(words.end(), {"--secret-file", secret_file_});
    if (json) words.emplace_back("--json");
    if (!member.empty()) words.insert(words.end(), {"--", member});
    return words;
  }

  // Executes `zoobar ctl` on another thread, because it is another process, while the site serves on this one.
  int Ctl(const std::string& command, bool json = false, const std::string& member = "") {
    return Run(Words(command, json, member));
  }
  // The same with all words of the command line.
  int Run(const std::vector<std::string>& words) {
    out_.str("");
    err_.str("");
    int status = -1;
    const Fd done(eventfd(0, EFD_CLOEXEC));
    std::thread thread([&] {
      std::istringstream in;
      status = ExecuteCommandLine(words, {in, out_, err_});
      eventfd_write(done.get(), 1);
    });
    {
      Watch end(site_.loop(), done.get(), [this](int) { site_.loop().Stop(); });
      end.Set(UV_READABLE);
      site_.loop().Run();
    }
    thread.join();
    Turns();
    return status;
  }
  std::string out() const { return out_.str(); }
  std::string err() const { return err_.str(); }

  std::string secret_file_;

 private:
  std::ostringstream out_, err_;
};

}  // namespace zoobar
