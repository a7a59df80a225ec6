// SPDX-License-Identifier: BSL-1.0
// A storm over several channels at once, in which system calls fail as well: each process has calls of the library fail
// at random (no memory, no descriptors, no space, interrupted), and is killed, stopped, let go on, started again, forks
// and calls exec. What was committed arrives, once, whole and in order; the sums of both sides match.
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include <unistd.h>

#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/quoit.hpp"
#include "scratch_registry.hpp"
#include "shared_cell.hpp"
#include "system/calls.hpp"
#include "tried.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t most_lives = 50'000;
constexpr std::array names{"one", "many", "stream"};

/// How far each life of a publisher has come, and what was done to whom.
struct ledger {
  std::array<std::atomic<std::uint32_t>, most_lives> begun;      // before the commit
  std::array<std::atomic<std::uint32_t>, most_lives> committed;  // after it
  std::array<std::atomic<std::uint8_t>, most_lives> channel;
  std::atomic<std::uint32_t> lives;
  std::atomic<std::uint64_t> calls;
  std::atomic<std::uint64_t> failures;
  std::atomic<std::uint64_t> forks;
  std::atomic<std::uint64_t> execs;
  std::atomic<std::uint64_t> verified;
  std::atomic<std::uint64_t> refusals;
  std::atomic<bool> stop;
};

ledger* book = nullptr;
std::atomic<std::uint64_t> dice{0};

/// One call in 64 fails.
int fail_at_random(sys::call) noexcept {
  constexpr std::array errors{ENOSPC, EMFILE, ENOMEM, EINTR};
  ++book->calls;
  auto const n = support::mix(dice += 0x632BE59BD9B4E019U);
  if (n % 64 != 0) return 0;
  ++book->failures;
  return errors[n / 64 % errors.size()];
}

struct head {
  std::uint32_t who;
  std::uint32_t nth;
};

std::uint64_t number_of(head h) { return std::uint64_t{h.who} << 32U | h.nth; }

head read_head(std::span<std::byte const> bytes) {
  head h{};
  support::require(bytes.size() >= sizeof h, "a message that is whole: its size");
  std::memcpy(&h, bytes.data(), sizeof h);
  support::require(support::verify(bytes.subspan(sizeof h), number_of(h)), "a message that is whole");
  return h;
}

std::byte byte_at(std::uint64_t position) { return static_cast<std::byte>(support::mix(position / 8) >> position % 8); }

void verify_bytes(std::span<std::byte const> bytes, std::uint64_t position) {
  for (auto const b : bytes) support::require(b == byte_at(position++), "bytes of the stream");
}

void publish(channel const& ch, std::uint8_t which, support::random& random) {
  auto pub = ch.publisher();
  auto const who = book->lives++;
  support::require(who < most_lives, "fewer lives");
  book->channel[who] = which;
  std::uint32_t nth = 0;
  for (auto n = random.below(2000); n > 0 && !book->stop; --n) {
    auto room = pub.reserve(sizeof(head) + random.below(600), 50ms);
    if (!room) continue;
    if (random.below(10) == 0) continue;  // discarded
    head const h{who, ++nth};
    std::memcpy(room.bytes().data(), &h, sizeof h);
    support::fill(room.bytes().subspan(sizeof h), number_of(h));
    book->begun[who] = nth;
    support::require(room.commit().status == status::ok, "a commit");
    book->committed[who] = nth;
  }
}

/// What comes from each publisher, one after the other.
class course {
 public:
  void take(head h, bool may_miss) {
    auto& last = last_[h.who];
    support::require(h.nth <= book->begun[h.who], "nothing that was not committed");
    support::require(may_miss || last == 0 ? h.nth > last : h.nth == last + 1, "in order and without a gap");
    last = h.nth;
  }
  std::uint32_t last(std::uint32_t who) const {
    auto const found = last_.find(who);
    return found == last_.end() ? 0 : found->second;
  }

 private:
  std::map<std::uint32_t, std::uint32_t> last_;
};

void receive(channel const& ch, support::random& random) {
  bool const is_lossy = random.below(2) == 0;
  auto sub = ch.subscriber({.start = random.below(2) == 0 ? start_point(next) : start_point(oldest),
                            .delivery = is_lossy ? lossy : reliable});
  course c;
  std::array<std::byte, 2000> copy{};
  for (auto n = random.below(3000); n > 0 && !book->stop; --n) {
    auto const got = sub.receive_into(copy, 5ms, random.below(2) == 0 ? waiting::sleep : waiting::spin);
    support::require(got.status != status::corrupt && (is_lossy || got.status != status::lost), to_string(got.status));
    if (!got) continue;
    c.take(read_head(std::span(copy).first(got.size)), is_lossy);
    ++book->verified;
  }
}

void write(channel const& ch, support::random& random) {
  auto writer = ch.stream_writer();
  for (auto n = random.below(2000); n > 0 && !book->stop; --n) {
    auto const room = writer.prepare_some(1 + random.below(1500), 50ms);
    if (!room) continue;
    auto position = writer.position();
    for (auto& b : room.bytes) b = byte_at(position++);
    support::require(static_cast<bool>(writer.commit(room.bytes.size())), "a commit");
  }
}

void read(channel const& ch, support::random& random) {
  auto reader = ch.stream_reader({.start = random.below(2) == 0 ? start_point(next) : start_point(oldest)});
  for (auto n = random.below(2000); n > 0 && !book->stop; --n) {
    auto const v = reader.data(1, 5ms);
    support::require(v.status != status::corrupt && v.status != status::lost, to_string(v.status));
    if (!v) continue;
    verify_bytes(v.bytes, reader.position());
    reader.consume(1 + random.below(v.bytes.size()));
    ++book->verified;
  }
}

/// A fork child finds nothing that it could use, and does no harm when it ends.
void fork_once(channel const& ch) {
  ++book->forks;
  support::child grandchild([&] {
    try {
      ch.participants();
    } catch (error const& e) {
      return e.code() == errc::forked ? 0 : 1;
    }
    return 2;
  });
  support::require(grandchild.wait() == 0, "a fork child that is told so");
}

[[noreturn]] void live(std::size_t which, bool sends, std::uint64_t seed) {
  support::random random(seed);
  dice = seed;
  sys::set_call_hook(fail_at_random);
  while (!book->stop) {
    try {
      auto const ch = channel::open(names[which]);
      auto const fate = random.below(20);
      if (fate == 0) fork_once(ch);
      if (which < 2) {
        sends ? publish(ch, static_cast<std::uint8_t>(which), random) : receive(ch, random);
      } else {
        sends ? write(ch, random) : read(ch, random);
      }
      if (fate == 1) {
        ++book->execs;
        ::execl("/bin/true", "true", nullptr);
      }
    } catch (error const&) {
      ++book->refusals;  // a call that failed, or a place that is taken
    } catch (std::bad_alloc const&) {
      ++book->refusals;
    }
  }
  ::_exit(0);
}

std::uint64_t from_environment(char const* name, std::uint64_t usual) {
  auto const* const text = std::getenv(name);
  return text == nullptr ? usual : std::strtoull(text, nullptr, 10);
}

/// Those who read everything, are never killed, and have no call fail.
struct witnesses {
  std::array<subscriber, 2> sub;
  stream_reader reader;
  std::array<course, 2> courses;
  std::array<std::uint64_t, 2> count{};

  bool step() {
    bool any = false;
    for (std::size_t i = 0; i < sub.size(); ++i) {
      for (int n = 0; n < 100; ++n) {
        auto const m = sub[i].try_receive();
        if (m.status() == status::timeout) break;
        any = true;
        if (m.status() == status::closed || m.status() == status::died) continue;
        support::require(m.status() == status::ok, std::string("witness: ") + to_string(m.status()));
        courses[i].take(read_head(m.bytes()), false);
        ++count[i];
      }
    }
    auto const v = reader.try_data();
    if (v.status == status::timeout) return any;
    if (v.status == status::closed || v.status == status::died) return true;
    support::require(v.status == status::ok, std::string("witness: ") + to_string(v.status));
    verify_bytes(v.bytes, reader.position());
    reader.consume(v.bytes.size());
    return true;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(faults_storm_test)

BOOST_AUTO_TEST_CASE(sums_match_whatever_fails_dies_or_stops) {
  auto const seed = from_environment("QUOIT_STORM_SEED", 1);
  auto const time = std::chrono::seconds(from_environment("QUOIT_STORM_SECONDS", 10));
  support::scratch_registry const scratch;
  support::shared_cell<ledger> cell;
  book = &*cell;
  auto const one = channel::create(names[0], {.capacity = 8_KiB, .slots = 16});
  auto const many = channel::create(names[1], {.capacity = 8_KiB, .records = 16, .publishers = 3, .slots = 16});
  auto const bytes = channel::create(names[2], {.capacity = 8_KiB, .kind = stream, .slots = 16});
  witnesses all{.sub = {one.subscriber(), many.subscriber()}, .reader = bytes.stream_reader(), .courses = {}};
  support::random random(seed);
  std::vector<support::child> children;
  std::vector<bool> stopped(12);
  auto const bear = [&](std::size_t i) {
    return support::child([i, own_seed = random()]() -> int { live(i % 3, i < 6, own_seed); });
  };
  for (std::size_t i = 0; i < stopped.size(); ++i) children.push_back(bear(i));
  auto const end = std::chrono::steady_clock::now() + time;
  auto next_blow = std::chrono::steady_clock::now();
  int kills = 0;
  int stops = 0;
  while (std::chrono::steady_clock::now() < end) {
    if (!all.step()) ::usleep(200);
    if (std::chrono::steady_clock::now() < next_blow) continue;
    next_blow += std::chrono::microseconds(random.below(30'000));
    auto const i = random.below(children.size());
    if (stopped[i]) {
      children[i].go_on();
      stopped[i] = false;
    } else if (children[i].has_ended()) {
      BOOST_REQUIRE(children[i].wait() == 0);  // exec
      children[i] = bear(i);
    } else if (random.below(2) == 0) {
      children[i].stop();
      stopped[i] = true;
      ++stops;
    } else {
      children[i].kill();
      children[i] = bear(i);
      ++kills;
    }
  }
  book->stop = true;
  for (auto& c : children) c.go_on();
  for (auto& c : children) {
    while (!c.has_ended()) all.step();
    BOOST_TEST(c.wait() == 0);
  }
  for (auto const* ch : {&one, &many, &bytes}) ch->participants();  // which cleans up after the dead
  while (all.step()) {
  }
  std::array<std::uint64_t, 2> least{};
  std::array<std::uint64_t, 2> most{};
  for (std::uint32_t who = 0; who < book->lives; ++who) {
    auto const which = book->channel[who].load();
    auto const got = all.courses[which].last(who);
    // One who was killed between its commit and its ledger has said more than that.
    if (got < book->committed[who] || got > book->begun[who]) BOOST_ERROR("life " << who << " said " << got);
    least[which] += book->committed[who];
    most[which] += book->begun[who];
  }
  for (std::size_t i = 0; i < 2; ++i) {
    BOOST_TEST(all.count[i] >= least[i]);
    BOOST_TEST(all.count[i] <= most[i]);
    BOOST_TEST(all.count[i] > 0U);
  }
  BOOST_TEST(all.reader.lag() == 0U);
  BOOST_TEST(book->failures > 0U);
  QUOIT_TRIED("seed " << seed << ": " << all.count[0] << " and " << all.count[1] << " messages of " << book->lives
                      << " lives, " << all.reader.position() << " bytes; " << book->verified << " verified by readers; "
                      << book->failures << " of " << book->calls << " calls failed, " << book->refusals << " refusals; "
                      << kills << " killed, " << stops << " stopped, " << book->forks << " forks, " << book->execs
                      << " execs");
}

BOOST_AUTO_TEST_SUITE_END()
