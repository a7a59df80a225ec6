// SPDX-License-Identifier: BSL-1.0
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

using namespace quoit;
using namespace std::chrono_literals;

namespace {

bool is_aligned(void const* p, std::size_t to) { return reinterpret_cast<std::uintptr_t>(p) % to == 0; }

#if defined(__x86_64__)
/// Sums by loads that fault where the address is not a multiple of 64.
[[gnu::target("avx512f")]] float sum_by_avx512(std::span<std::byte const> bytes) {
  auto total = _mm512_setzero_ps();
  for (std::size_t i = 0; i < bytes.size(); i += 64) total = _mm512_add_ps(total, _mm512_load_ps(bytes.data() + i));
  alignas(64) float lanes[16];
  _mm512_store_ps(lanes, total);
  float sum = 0;
  for (auto const lane : lanes) sum += lane;
  return sum;
}

[[gnu::target("avx512f")]] void fill_by_avx512(std::span<std::byte> bytes, float value) {
  for (std::size_t i = 0; i < bytes.size(); i += 64)
    _mm512_stream_ps(reinterpret_cast<float*>(bytes.data() + i), _mm512_set1_ps(value));
  _mm_sfence();
}
#endif

/// A file on a disk that can be read without the page cache; -1 if no such file can be made here.
struct direct_file {
  std::string path;
  int fd = -1;
  direct_file() {
    for (std::string const dir : {"/var/tmp", "/tmp", "."}) {
      path = dir + "/quoit-test-direct-XXXXXX";
      int const plain = ::mkstemp(path.data());
      if (plain < 0) continue;
      std::string content(4 * 4096, '\0');
      for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i / 4096);
      bool const written = ::write(plain, content.data(), content.size()) == static_cast<ssize_t>(content.size());
      ::close(plain);
      fd = written ? ::open(path.c_str(), O_RDONLY | O_DIRECT) : -1;
      if (fd >= 0) return;
      std::filesystem::remove(path);
    }
  }
  ~direct_file() {
    if (fd < 0) return;
    ::close(fd);
    std::filesystem::remove(path);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(alignment_test)

BOOST_AUTO_TEST_CASE(every_payload_is_aligned_as_the_rule_says_on_both_sides) {
  for (std::uint32_t alignment = 16; alignment <= 4096; alignment *= 2) {
    auto const ch = channel::create_anonymous({.capacity = 64_KiB, .alignment = alignment});
    auto pub = ch.publisher();
    auto sub = ch.subscriber();
    auto polled = ch.subscriber();
    support::random sizes(alignment);
    for (int i = 0; i < 500; ++i) {
      auto room = pub.reserve(sizes.below(20'000));
      BOOST_REQUIRE(room);
      BOOST_REQUIRE(is_aligned(room.bytes().data(), alignment));
      support::fill(room.bytes(), static_cast<std::uint64_t>(i));
      room.commit();
      auto const m = sub.receive();
      BOOST_REQUIRE(is_aligned(m.bytes().data(), alignment));
      BOOST_REQUIRE(support::verify(m.bytes(), static_cast<std::uint64_t>(i)));
      polled.poll([&](message const& p) { BOOST_REQUIRE(is_aligned(p.bytes().data(), alignment)); });
    }
  }
}

#if defined(__x86_64__)
BOOST_AUTO_TEST_CASE(vector_instructions_of_512_bits_work_in_place) {
  if (!__builtin_cpu_supports("avx512f")) {
    BOOST_TEST_MESSAGE("SKIPPED: this processor has no AVX-512");
    return;
  }
  auto const ch = channel::create_anonymous({.capacity = 16_KiB, .alignment = 64});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 1000; ++i) {
    auto room = pub.reserve(64 * static_cast<std::size_t>(1 + i % 50));
    fill_by_avx512(room.bytes(), 2.0F);
    auto const floats = static_cast<float>(room.bytes().size() / sizeof(float));
    room.commit();
    BOOST_REQUIRE(sum_by_avx512(sub.receive().bytes()) == 2 * floats);
  }
}
#endif

BOOST_AUTO_TEST_CASE(a_disk_is_read_straight_into_the_ring) {
  direct_file const file;
  if (file.fd < 0) {
    BOOST_TEST_MESSAGE("SKIPPED: no directory here allows O_DIRECT");
    return;
  }
  auto const ch = channel::create_anonymous({.capacity = 64_KiB, .alignment = 4096});
  auto pub = ch.publisher();
  auto sub = ch.subscriber();
  for (int i = 0; i < 40; ++i) {
    auto room = pub.reserve(4096);
    BOOST_REQUIRE(room);
    BOOST_REQUIRE(::pread(file.fd, room.bytes().data(), 4096, i % 4 * 4096) == 4096);
    room.commit();
    auto const m = sub.receive();
    BOOST_REQUIRE(m.bytes().size() == 4096U);
    for (auto const b : {m.bytes().front(), m.bytes().back()}) BOOST_REQUIRE(b == static_cast<std::byte>('a' + i % 4));
  }
}

BOOST_AUTO_TEST_CASE(alignments_that_cannot_be_are_refused) {
  for (std::uint32_t const bad : {0U, 1U, 8U, 24U, 100U, 8192U, 1U << 31U}) {
    support::expect_error(
        errc::bad_options, [&] { channel::create_anonymous({.alignment = bad}); }, "alignment " + std::to_string(bad));
  }
}

BOOST_AUTO_TEST_SUITE_END()
