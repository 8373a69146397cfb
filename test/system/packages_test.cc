// Programs that import modules of Debian packages, on a live site, and what they show. Needs the packages that
// tools/install-deps test installs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <regex>
#include <set>

#include "live_site/live_site.h"

namespace zoobar {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kOwnProgram = "/zoobar/index.cgi/program";

// Whether the modules are loaded beforehand, in the interpreter.
class PackagesTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    for (const char* module : {"numpy", "PIL", "matplotlib"}) {
      ASSERT_TRUE(std::filesystem::exists(std::string("/usr/lib/python3/dist-packages/") + module))
          << "run tools/install-deps test";
    }
    Start(std::string("profile { timeout_ms: 30000 packages: \"numpy\" packages: \"PIL\" packages: \"matplotlib\" ") +
          "warm_packages: " + (GetParam() ? "true" : "false") + " memory_bytes: 402653184 }");
  }
  void Start(const std::string& settings) {
    site_ = std::make_unique<LiveSite>();
    site_->settings.push_back(settings);
    ASSERT_TRUE(site_->Start()) << site_->Output();
    owner_ = std::make_unique<Browser>(site_->NewMember("ann"));
  }

  // Saves the program and looks at it. Returns the whole page. Programs are "busy" until the interpreter is ready.
  std::string Look(const std::string& program) {
    EXPECT_TRUE(owner_->Save("#!python\n" + program).Has("Profile saved"));
    return LookAgain(*owner_);
  }
  static std::string LookAgain(Browser& visitor) {
    std::string page;
    EXPECT_TRUE(Eventually([&] { return (page = visitor.Look("ann").body).find("Busy: ") == std::string::npos; }));
    return page;
  }

  void ExpectNothingBlocked() { EXPECT_THAT(owner_->Get(kOwnProgram).body, Not(HasSubstr("Programs may not"))); }

  std::unique_ptr<LiveSite> site_;
  std::unique_ptr<Browser> owner_;
};

INSTANTIATE_TEST_SUITE_P(System, PackagesTest, testing::Bool(),
                         [](const auto& test) { return test.param ? "LoadedBeforehand" : "LoadedByRuns"; });

TEST_P(PackagesTest, ARandomWalkWithNumpyIsAnotherOneInEachRun) {
  const char* const walk =
      "import numpy as np\n"
      "steps = np.random.choice([-1, 1], size=(50, 40))\n"
      "print('walk', np.cumsum(steps, axis=1)[:, -1].tolist(), 'end')\n"
      "m = np.random.default_rng().random((60, 60))\n"
      "print('inverse', np.allclose(np.linalg.inv(m) @ m, np.eye(60)))\n";
  std::set<std::string> walks;
  for (int i = 0; i < 4; ++i) {
    const std::string page = Look(walk);
    std::smatch found;
    ASSERT_TRUE(std::regex_search(page, found, std::regex("walk (.*) end"))) << page;
    walks.insert(found[1]);
    EXPECT_THAT(page, HasSubstr("inverse True"));
  }
  EXPECT_EQ(walks.size(), 4u) << "runs begin with the same random numbers";
  ExpectNothingBlocked();
}

TEST_P(PackagesTest, AChartIsShown) {
  const std::string page = Look(
      "import matplotlib.pyplot as plt\n"
      "figure, axes = plt.subplots(figsize=(3, 2))\n"
      "axes.plot([1, 2, 3], [3, 1, 2], label='$x^2$')\n"
      "axes.set_title('A <chart>')\n"
      "axes.legend()\n"
      "api.show(figure)\n"
      "axes.bar(['a', 'b'], [1, 2])\n"
      "api.show(alt='the current one')\n"
      "api.show(axes, alt='of axes')\n");
  EXPECT_THAT(page, ContainsRegex("<img src=\"data:image/png;base64,[^\"]{1000,}\" alt=\"A &lt;chart&gt;\">"));
  EXPECT_THAT(page, HasSubstr("alt=\"the current one\">"));
  EXPECT_THAT(page, HasSubstr("alt=\"of axes\">"));
  ExpectNothingBlocked();
  EXPECT_THAT(owner_->Get(kOwnProgram).body, Not(HasSubstr("matplotlib"))) << "its folder of settings is kept";
}

TEST_P(PackagesTest, TheExampleDrawsItsChart) {
  Browser bob = site_->NewMember("bob");
  EXPECT_TRUE(owner_->Save(ReadWhole(std::string(ZOOBAR_SOURCE_DIR) + "/profiles/chart.py")).Has("Profile saved"));
  EXPECT_THAT(
      LookAgain(bob),
      ContainsRegex("<img src=\"data:image/png;base64,[^\"]{1000,}\" alt=\"A chart of [0-9]+ transfers; it ends"));
}

TEST_P(PackagesTest, PicturesOfPilAreShown) {
  const std::string page = Look(
      "import io, os\n"
      "from PIL import Image, ImageDraw, ImageFilter\n"
      "image = Image.new('RGB', (200, 100), 'teal')\n"
      "ImageDraw.Draw(image).ellipse((10, 10, 90, 90), fill='red')\n"
      "api.show(image.filter(ImageFilter.BLUR), alt='a ball')\n"
      "for kind in 'PNG', 'JPEG', 'WEBP':\n"
      "    file = io.BytesIO(); image.save(file, kind)\n"
      "    api.show(file.getvalue(), alt=kind)\n"
      "noise = Image.frombytes('RGB', (600, 600), os.urandom(1080000))\n"
      "try: api.show(noise)\n"
      "except ApiError as error: print(error)\n"
      "api.show(Image.frombytes('RGB', (60, 60), os.urandom(10800)), alt='noise')\n");
  for (const char* alt : {"a ball", "PNG", "JPEG", "WEBP", "noise"})
    EXPECT_THAT(page, ContainsRegex("<img src=\"data:image/[^\"]*\" alt=\"" + std::string(alt) + "\">")) << alt;
  EXPECT_THAT(page, HasSubstr("(profile.output_bytes)"));
  ExpectNothingBlocked();
}

TEST_P(PackagesTest, WhatIsMountedIsOnlyWhatIsNeededAndReadOnly) {
  const std::string page = Look(
      "import os\n"
      "print('root', sorted(set(os.listdir('/')) & {'usr', 'etc', 'proc', 'home', 'var'}))\n"
      "print('modules', [m for m in ('numpy', 'lxml', 'requests', 'cryptography') if m in "
      "os.listdir('/usr/packages/modules')])\n"
      "def refused(action):\n"
      "    try: action()\n"
      "    except OSError as error: return error.errno in (1, 13, 16, 30)\n"
      "print('writable', [p for f in ('/usr/packages', '/usr/packages/modules', '/usr/packages/modules/numpy',\n"
      "    '/usr/packages/lib', '/usr/share/matplotlib', '/usr/share/matplotlib/mpl-data')\n"
      "    for p in [f] if not refused(lambda: open(f + '/x', 'w')) or not refused(lambda: os.rename(f, f + 'x'))])\n");
  EXPECT_THAT(page, HasSubstr("root ['usr']"));
  EXPECT_THAT(page, HasSubstr("modules ['numpy', 'lxml']"));  // python3-fonttools depends on python3-lxml
  EXPECT_THAT(page, HasSubstr("writable []"));
}

TEST_P(PackagesTest, FilesAreKeptBesideThem) {
  const char* const count =
      "import os, numpy\n"
      "n = int(open('/n').read()) + 1 if os.path.exists('/n') else 1\n"
      "open('/n', 'w').write(str(n)); print('run', n, sorted(os.listdir('/usr/share')))\n";
  EXPECT_THAT(Look(count), HasSubstr("run 1 "));
  EXPECT_THAT(Look(count), HasSubstr("run 2 "));
  EXPECT_THAT(owner_->Get(kOwnProgram).body, Not(HasSubstr("usr/")));
}

using NoPackagesTest = PackagesTest;
INSTANTIATE_TEST_SUITE_P(System, NoPackagesTest, testing::Values(false));

TEST_P(NoPackagesTest, WithoutThemARunHasNoneAndSaysSoInOneLine) {
  site_.reset();
  Start("profile { packages: \"no_such_module\" }");
  EXPECT_TRUE(site_->Says("packages-missing"));
  const std::string page = Look("import os\nprint(os.path.exists('/usr/packages'))\nimport numpy");
  EXPECT_THAT(page, HasSubstr("False"));
  EXPECT_THAT(page, ContainsRegex("ModuleNotFoundError: .*numpy"));
  owner_->Save(ReadWhole(std::string(ZOOBAR_SOURCE_DIR) + "/profiles/chart.py"));
  EXPECT_THAT(LookAgain(*owner_), HasSubstr("<p>This site does not have matplotlib, so there is no chart.</p>"));
}

TEST_P(NoPackagesTest, OnePackageIsEnough) {
  for (const char* warm : {"false", "true"}) {
    site_.reset();
    Start(std::string("profile { packages: \"numpy\" timeout_ms: 30000 warm_packages: ") + warm + " }");
    EXPECT_THAT(Look("import numpy\nprint('sum', numpy.arange(10).sum())"), HasSubstr("sum 45"));
    EXPECT_THAT(Look("import PIL"), HasSubstr("ModuleNotFoundError"));
  }
}

// ---- pages

TEST_P(NoPackagesTest, OnlyPagesWithTheOutputOfAProfileMayShowInlinePictures) {
  constexpr const char* kSvg =
      "api.show('<svg xmlns=\"http://www.w3.org/2000/svg\"><circle r=\"9\"/></svg>', alt='dot')";
  EXPECT_THAT(Look(kSvg), HasSubstr("<img src=\"data:image/svg+xml;base64,"));
  const auto policy = [&](const std::string& path) { return owner_->Get(path).Field("Content-Security-Policy"); };
  EXPECT_THAT(policy("/zoobar/index.cgi/users?user=ann"), HasSubstr("img-src 'self' data:;"));
  for (const char* path : {"/zoobar/index.cgi/", "/zoobar/index.cgi/users", "/zoobar/index.cgi/users?user=nobody",
                           "/zoobar/index.cgi/login", "/zoobar/index.cgi/transfer", "/zoobar/index.cgi/members",
                           "/zoobar/index.cgi/account", "/zoobar/index.cgi/program", "/zoobar/index.cgi/manual",
                           "/zoobar/media/zoobar.css", "/nothing"}) {
    EXPECT_THAT(policy(path), HasSubstr("img-src 'self';")) << path;
  }
}

}  // namespace
}  // namespace zoobar
