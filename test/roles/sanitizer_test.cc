#include "roles/sanitizer.h"

#include <gtest/gtest.h>

#include "html/allow_list.h"
#include "site/fake_site.h"

namespace zoobar {
namespace {

class SanitizerTest : public testing::Test {
 protected:
  CleanReply Clean(std::string html) {
    const std::shared_ptr<Channel> profile = site_.CallAs(ROLE_PROFILE, ROLE_SANITIZER);
    CleanRequest request;
    request.set_html(std::move(html));
    Result<Incoming<CleanReply>> reply = site_.Wait(profile->Call<CleanReply>(request));
    EXPECT_TRUE(reply.ok());
    return reply.ok() ? reply->message : CleanReply();
  }

  FakeSite site_;
  Sanitizer sanitizer_{site_};
};

TEST_F(SanitizerTest, WhatIsAllowedComesBackWithTheListsVersion) {
  const CleanReply reply = Clean("<p onclick=x>Hello <b>there</b><script>x</script>");
  EXPECT_EQ(reply.outcome(), CleanReply::OUTCOME_CLEAN);
  EXPECT_EQ(reply.html(), "<p>Hello <b>there</b></p>");
  EXPECT_EQ(reply.version(), kAllowListVersion);
}

TEST_F(SanitizerTest, WhatIsTooMuchIsRefusedAndTheNextDocumentIsServed) {
  EXPECT_EQ(Clean(std::string(64 * 1024 + 1, 'x')).outcome(), CleanReply::OUTCOME_TOO_LARGE);
  std::string nested;
  for (int i = 0; i < 5000; ++i) nested += "<div>";
  const CleanReply refused = Clean(nested);
  EXPECT_EQ(refused.outcome(), CleanReply::OUTCOME_TOO_COMPLEX);
  EXPECT_EQ(refused.html(), "");
  EXPECT_EQ(site_.lines.Named("document-too-complex").size(), 1u);
  EXPECT_EQ(Clean("<i>x").html(), "<i>x</i>");
  EXPECT_EQ(site_.counters.at("cleaned")(), 1);
  EXPECT_EQ(site_.counters.at("refused")(), 2);
}

TEST_F(SanitizerTest, OnlyProfileMayCall) {
  const std::shared_ptr<Channel> app = site_.CallAs(ROLE_APP, ROLE_SANITIZER);
  CleanRequest request;
  EXPECT_FALSE(site_.Wait(app->Call<CleanReply>(request)).ok());
  EXPECT_EQ(site_.misbehaviours.size(), 1u);
}

}  // namespace
}  // namespace zoobar
