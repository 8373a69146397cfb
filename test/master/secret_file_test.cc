#include "master/secret_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "live_site/temporary_directory.h"

namespace zoobar {
namespace {

using testing::HasSubstr;

class SecretFileTest : public testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  // What is read from a file with this content; the error's text if it is refused.
  std::string Read(const std::string& content) const {
    std::ofstream(Path("secret")) << content;
    const Result<Bytes> secret = ReadSecretFile(Path("secret"));
    return secret.ok() ? std::string(View(*secret)) : secret.error().text;
  }

  const TemporaryDirectory directory_;
  const std::string folder_ = directory_.path();
};

TEST_F(SecretFileTest, OneNewlineAtTheEndIsIgnoredAndNothingElse) {
  EXPECT_EQ(Read("secret"), "secret");
  EXPECT_EQ(Read("secret\n"), "secret");
  EXPECT_EQ(Read("secret\n\n"), "secret\n");
  EXPECT_EQ(Read(" secret\r\n"), " secret\r");
  EXPECT_EQ(Read("two\nlines"), "two\nlines");
}

TEST_F(SecretFileTest, AnEmptyOrTooLongFileIsRefusedAndNotCut) {
  EXPECT_THAT(Read(""), HasSubstr("the secret is empty"));
  EXPECT_THAT(Read("\n"), HasSubstr("the secret is empty"));
  const std::string longest(kMaxSecretFile, 'x');
  EXPECT_EQ(Read(longest), longest);
  EXPECT_EQ(Read(longest + "\n"), longest);
  EXPECT_THAT(Read(longest + "x"), HasSubstr("longer than 4096 bytes"));
  EXPECT_THAT(Read(longest + "\n\n"), HasSubstr("longer than 4096 bytes"));
  EXPECT_THAT(Read(longest + longest), HasSubstr("longer than 4096 bytes"));
}

TEST_F(SecretFileTest, ALinkIsFollowedUnlessTheCallerForbidsIt) {
  std::ofstream(Path("secret")) << "secret\n";
  std::filesystem::create_symlink(Path("secret"), Path("link"));
  EXPECT_TRUE(ReadSecretFile(Path("link")).ok());
  EXPECT_FALSE(ReadSecretFile(Path("link"), O_NOFOLLOW).ok());
  EXPECT_THAT(ReadSecretFile(Path("none")).error().text, HasSubstr("No such file"));
}

}  // namespace
}  // namespace zoobar
