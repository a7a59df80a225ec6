// SPDX-License-Identifier: BSL-1.0
// Several publishers and subscribers as threads on one mapping, for ThreadSanitizer: it sees addresses, not pages.
#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "build_kind.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t publishers = 3;
constexpr std::uint32_t total = 30'000 / support::slower;
constexpr std::uint32_t life = 500;

/// What stands before the bytes that follow from it.
struct head {
  std::uint32_t who;
  std::uint32_t nth;
};

std::uint64_t number_of(head h) { return std::uint64_t{h.who} << 32U | h.nth; }

void fill(std::span<std::byte> bytes, head h) {
  std::memcpy(bytes.data(), &h, sizeof h);
  support::fill(bytes.subspan(sizeof h), number_of(h));
}

/// Single ones, batches, and some that are discarded; each publisher succeeded by another one now and then.
void publish_all(channel const& ch, std::uint32_t who) {
  support::random random(who);
  for (std::uint32_t nth = 1; nth <= total;) {
    auto pub = ch.publisher();
    for (auto const last = std::min(total, nth + life); nth <= last && nth <= total;) {
      auto const how = random.below(8) == 0 ? waiting::sleep : waiting::spin;
      if (random.below(10) == 0) {
        pub.reserve(random.below(300), forever, how).discard();
      } else if (random.below(6) == 0 && nth + 2 <= total) {
        auto batch = pub.reserve_batch(3, 300, forever, how);
        for (int i = 0; i < 3; ++i) fill(batch.append(sizeof(head) + random.below(80)).bytes, {who, nth++});
        if (!batch.commit()) std::abort();
      } else {
        auto room = pub.reserve(sizeof(head) + random.below(300), forever, how);
        fill(room.bytes(), {who, nth++});
        if (!room.commit()) std::abort();
      }
    }
  }
}

/// What one subscriber has had of each publisher.
class account {
 public:
  void enter(message const& m) {
    head h{};
    if (m.bytes().size() < sizeof h) std::abort();
    std::memcpy(&h, m.bytes().data(), sizeof h);
    bool const good =
        h.who < publishers && h.nth == last_[h.who] + 1 && support::verify(m.bytes().subspan(sizeof h), number_of(h));
    if (!good) {
      ++errors_;
      return;
    }
    last_[h.who] = h.nth;
  }
  bool is_complete() const { return errors_ > 0 || last_ == complete; }
  int errors() const { return errors_; }

 private:
  static constexpr std::array<std::uint32_t, publishers> complete{total, total, total};
  std::array<std::uint32_t, publishers> last_{};
  int errors_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(many_threads_test)

BOOST_AUTO_TEST_CASE(three_publishers_that_succeed_each_other_and_three_ways_of_reading) {
  for (auto options : {channel_options{.capacity = 4096, .records = 16},
                       channel_options{.capacity = 64_KiB, .records = 8}, channel_options{.capacity = 64_KiB}}) {
    options.publishers = publishers;
    auto const ch = channel::create_anonymous(options);
    std::vector<subscriber> subs;
    for (int i = 0; i < 3; ++i) subs.push_back(ch.subscriber());
    std::array<account, 3> accounts;
    std::vector<std::thread> all;
    all.emplace_back([&] {
      while (!accounts[0].is_complete()) {
        if (auto const m = subs[0].receive(forever)) accounts[0].enter(m);
      }
      subs[0].close();
    });
    all.emplace_back([&] {
      while (!accounts[1].is_complete()) {
        if (subs[1].poll([&](message const& m) { accounts[1].enter(m); }).count > 0) continue;
        if (auto const m = subs[1].receive(forever, waiting::sleep)) accounts[1].enter(m);
      }
      subs[1].close();
    });
    all.emplace_back([&] {
      support::random random(9);
      std::vector<message> out;
      while (!accounts[2].is_complete()) {
        if (auto m = subs[2].try_receive()) {
          accounts[2].enter(m);
          out.push_back(std::move(m));
        }
        if (out.size() > random.below(6) || random.below(4) == 0) out.clear();
      }
      out.clear();
      subs[2].close();
    });
    for (std::uint32_t who = 0; who < publishers; ++who) all.emplace_back([&ch, who] { publish_all(ch, who); });
    for (auto& t : all) t.join();
    for (auto const& a : accounts) BOOST_TEST(a.errors() == 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
