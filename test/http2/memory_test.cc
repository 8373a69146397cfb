#include "http2/memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

namespace zoobar {
namespace {

TEST(Http2MemoryTest, GivesNoMoreThanItsBound) {
  Http2Memory memory(1000);
  nghttp2_mem functions = memory.Functions();
  void* first = functions.malloc(600, functions.mem_user_data);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(functions.malloc(600, functions.mem_user_data), nullptr);
  EXPECT_EQ(functions.malloc(SIZE_MAX, functions.mem_user_data), nullptr);
  EXPECT_EQ(functions.calloc(SIZE_MAX / 2, 4, functions.mem_user_data), nullptr);
  functions.free(first, functions.mem_user_data);
  EXPECT_EQ(memory.used(), 0u);
  void* second = functions.calloc(10, 60, functions.mem_user_data);
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(std::string(static_cast<char*>(second), 600), std::string(600, '\0'));
  functions.free(second, functions.mem_user_data);
  functions.free(nullptr, functions.mem_user_data);
}

TEST(Http2MemoryTest, KeepsTheBytesOfABlockThatGrows) {
  Http2Memory memory(1000);
  nghttp2_mem functions = memory.Functions();
  void* block = functions.realloc(nullptr, 4, functions.mem_user_data);
  std::memcpy(block, "abcd", 4);
  block = functions.realloc(block, 100, functions.mem_user_data);
  EXPECT_EQ(std::memcmp(block, "abcd", 4), 0);
  EXPECT_EQ(functions.realloc(block, 2000, functions.mem_user_data), nullptr);  // and the block is still there
  EXPECT_EQ(std::memcmp(block, "abcd", 4), 0);
  functions.free(block, functions.mem_user_data);
  EXPECT_EQ(memory.used(), 0u);
}

}  // namespace
}  // namespace zoobar
