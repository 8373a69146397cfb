// Does the actions of a recording again.
#pragma once

#include "fuzz_site/client.h"
#include "fuzz_site/recording.h"

namespace zoobar::fuzz_site {

// One action after the other, in the order of the recording. Answers are judged as those to a mutated request.
void DoAgain(const Recording& recording, const Ground& ground);

}  // namespace zoobar::fuzz_site
