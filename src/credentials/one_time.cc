#include "credentials/one_time.h"

#include <sodium.h>

namespace zoobar {
namespace {

constexpr char kOneTimeLetters[] = "abcdefghijkmnpqrstuvwxyz23456789";
static_assert(sizeof kOneTimeLetters == 32 + 1);  // with the terminator
constexpr std::size_t kGroup = 4;

}  // namespace

Bytes FreshOneTimePassword() {
  Bytes random, password;
  random.resize(kOneTimePasswordBytes);
  randombytes_buf(random.data(), random.size());
  password.resize(kOneTimePasswordBytes);
  for (std::size_t i = 0; i < password.size(); ++i) {
    const bool between = i % (kGroup + 1) == kGroup;
    password[i] = between ? '-' : kOneTimeLetters[static_cast<unsigned char>(random[i]) % 32];
  }
  return password;
}

}  // namespace zoobar
