#include "http/response.h"

#include <gtest/gtest.h>

namespace zoobar {
namespace {

TEST(Responses, CookiesAreHttpOnlyAndLax) {
  Response response;
  response.SetCookie("A", "b", 60, false);
  response.SetCookie("C", "", -1, true);
  EXPECT_EQ(View(response.fields()),
            "Set-Cookie: A=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=60\r\n"
            "Set-Cookie: C=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure\r\n");
}

TEST(ResponsesDeathTest, AFieldWithALineEndIsABug) {
  EXPECT_DEATH(Response().AddField("Location", "/a\r\nSet-Cookie: b=c"), "line end");
}

TEST(Responses, MessagesAreEscaped) {
  EXPECT_EQ(Response::Message(400, "<b>", "a&\"'").body.find("<b>"), std::string::npos);
}

}  // namespace
}  // namespace zoobar
