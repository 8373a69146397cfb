#include <gtest/gtest.h>

#include "roles/keys.h"
