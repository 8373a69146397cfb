// A live site that speaks HTTPS, and clients for it: one of libssl in this process, and programs.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "live_site/live_site.h"

namespace zoobar {

// Runs a program of PATH with this standard input, and waits for its end. Its output is both of its outputs.
inline Ended RunProgram(const std::vector<std::string>& command, const std::string& input = {}) {
  int in[2], out[2];
  if (pipe(in) != 0 || pipe(out) != 0) return {};
  const pid_t pid = fork();
  if (pid == 0) {
    dup2(in[0], 0);
    dup2(out[1], 1);
    dup2(out[1], 2);
    for (const int end : {in[0], in[1], out[0], out[1]}) close(end);
    std::vector<char*> words;
    words.reserve(command.size() + 1);
    for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  [[maybe_unused]] const ssize_t written = write(in[1], input.data(), input.size());
  close(in[1]);
  Ended ended;
  char block[4096];
  for (ssize_t count; (count = read(out[0], block, sizeof block)) > 0;)
    ended.output.append(block, static_cast<std::size_t>(count));
  close(out[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  ended.status = ExitStatus(status);
  return ended;
}

class TlsClient {
 public:
  // `version`: TLS1_3_VERSION and so on; 0: any.
  explicit TlsClient(const std::string& address, int version = 0, const std::string& source = {})
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free), socket_(ConnectTo(address, source)) {
    if (version != 0) {
      SSL_CTX_set_min_proto_version(context_.get(), version);
      SSL_CTX_set_max_proto_version(context_.get(), version);
    }
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.get());
  }
  bool Handshake() { return socket_ && SSL_connect(ssl_.get()) == 1; }
  bool Send(const std::string& text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  // Asks for the style sheet on this connection. Returns the status, or 0 if the connection has ended.
  int Ask() {
    if (!Send("GET /zoobar/media/zoobar.css HTTP/1.1\r\nHost: example.org\r\n\r\n")) return 0;
    std::string text;
    char block[16384];
    for (;;) {
      const int count = SSL_read(ssl_.get(), block, sizeof block);
      if (count <= 0) return 0;
      text.append(block, static_cast<std::size_t>(count));
      const std::size_t end = text.find("\r\n\r\n"), length = text.find("Content-Length: ");
      if (end == std::string::npos || length == std::string::npos) continue;
      if (text.size() >= end + 4 + std::stoul(text.substr(length + 16))) return std::stoi(text.substr(9));
    }
  }
  SSL* ssl() { return ssl_.get(); }
  int socket() const { return socket_.get(); }

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  Fd socket_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
};

// Makes a key and a certificate for example.org in this folder: NAME.key, NAME.pem. `key`: arguments of openssl-req(1).
inline void MakeCertificate(const std::string& folder, const std::string& name, const std::vector<std::string>& key,
                            const std::string& names = "DNS:example.org,DNS:*.example.org") {
  std::vector<std::string> command = {"openssl", "req",
                                      "-x509",   "-nodes",
                                      "-days",   "90",
                                      "-subj",   "/CN=example.org",
                                      "-addext", "subjectAltName=" + names,
                                      "-keyout", folder + "/" + name + ".key",
                                      "-out",    folder + "/" + name + ".pem"};
  command.insert(command.end(), key.begin(), key.end());
  const Ended made = RunProgram(command);
  ASSERT_EQ(made.status, 0) << made.output;
}

class TlsSite : public testing::Test {
 protected:
  TlsSite() {
    signal(SIGPIPE, SIG_IGN);
    site_.listens = {"127.0.0.1:0", "127.0.0.1:0,tls"};
  }
  void Start() {
    MakeCertificate(site_.scratch(), "ec", {"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"});
    MakeCertificate(site_.scratch(), "rsa", {"-newkey", "rsa:2048"});
    for (const char* name : {"ec", "rsa"}) {
      site_.settings.push_back(
          fmt::format("tls {{ certificate: '{0}/{1}.pem' key: '{0}/{1}.key' }}", site_.scratch(), name));
    }
    ASSERT_TRUE(site_.Start()) << site_.Output();
    address_ = site_.Addresses().at(1);
    ASSERT_EQ(address_.substr(address_.size() - 4), ",tls");
    address_.resize(address_.size() - 4);
    port_ = address_.substr(address_.find(':') + 1);
  }
  std::string Url(const std::string& path) const { return "https://example.org:" + port_ + path; }
  // curl(1), by HTTP/1.1, with the site's certificate as the only one that it trusts.
  Ended Curl(std::vector<std::string> arguments, const std::string& trusted = "ec") const {
    arguments.insert(arguments.begin(),
                     {"curl", "-sS", "-i", "--http1.1", "--cacert", site_.scratch() + "/" + trusted + ".pem",
                      "--resolve", "example.org:" + port_ + ":127.0.0.1"});
    return RunProgram(arguments);
  }
  std::vector<pid_t> Edges() const {
    std::vector<pid_t> pids;
    for (const RoleProcess& role : site_.Roles()) {
      if (role.name == "edge") pids.push_back(role.pid);
    }
    return pids;
  }
  bool ServesSoon() const {
    return Eventually([&] {
      TlsClient client(address_);
      return client.Handshake() && client.Ask() == 200;
    });
  }

  LiveSite site_;
  std::string address_, port_;
};

}  // namespace zoobar
