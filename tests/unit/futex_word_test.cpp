// SPDX-License-Identifier: BSL-1.0
#include "wait/futex_word.hpp"

#include <thread>
#include <vector>

#include "expect_error.hpp"
#include "system/fence.hpp"

using namespace quoit::wait;

namespace {

constexpr std::int64_t long_time = 60'000'000'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(futex_word_test)

BOOST_AUTO_TEST_CASE(nobody_announced_means_nothing_to_wake) {
  quoit::wait::futex_word word{0};
  BOOST_TEST(!has_sleepers(word));
  wake_all(word);
  BOOST_TEST(word.load() == 0U);
}

BOOST_AUTO_TEST_CASE(a_wake_clears_the_bit_and_counts) {
  quoit::wait::futex_word word{0};
  auto const value = announce_sleeper(word);
  BOOST_TEST(has_sleepers(word));
  wake_all(word);
  BOOST_TEST(!has_sleepers(word));
  BOOST_TEST(word.load() == 2U);
  BOOST_CHECK(sleep_on(word, value, long_time) == sleep_end::woken);  // at once: the word has changed
}

BOOST_AUTO_TEST_CASE(the_epoch_tells_a_sleeper_that_another_one_set_the_bit_again) {
  quoit::wait::futex_word word{0};
  auto const first = announce_sleeper(word);
  wake_all(word);
  announce_sleeper(word);  // the other one
  BOOST_TEST(word.load() != first);
  BOOST_CHECK(sleep_on(word, first, long_time) == sleep_end::woken);
}

BOOST_AUTO_TEST_CASE(the_epoch_may_wrap) {
  quoit::wait::futex_word word{0xFFFFFFFEU};
  announce_sleeper(word);
  wake_all(word);
  BOOST_TEST(word.load() == 0U);
}

BOOST_AUTO_TEST_CASE(a_time_limit_ends_a_sleep) {
  quoit::wait::futex_word word{0};
  auto const value = announce_sleeper(word);
  BOOST_CHECK(sleep_on(word, value, 1'000'000) == sleep_end::time_over);
}

BOOST_AUTO_TEST_CASE(no_wake_is_lost_among_many_sleepers) {
  // Sleeps without a useful limit: a lost wake-up hangs here until the watchdog comes.
  quoit::wait::futex_word word{0};
  std::atomic<unsigned> produced{0};
  constexpr unsigned rounds = 20'000;
  std::vector<std::thread> sleepers;
  std::atomic<unsigned> seen_total{0};
  for (int i = 0; i < 3; ++i) {
    sleepers.emplace_back([&] {
      for (unsigned seen = 0; seen < rounds;) {
        auto const value = announce_sleeper(word);
        if (produced.load() <= seen) sleep_on(word, value, long_time);
        seen = std::max(seen, produced.load());
      }
      ++seen_total;
    });
  }
  for (unsigned i = 1; i <= rounds; ++i) {
    produced.store(i, std::memory_order_relaxed);
    quoit::sys::full_fence();
    if (has_sleepers(word)) wake_all(word);
  }
  for (auto& t : sleepers) t.join();
  BOOST_TEST(seen_total == 3U);
}

BOOST_AUTO_TEST_SUITE_END()
