#include <gtest/gtest.h>

#include "roles/edge.h"
