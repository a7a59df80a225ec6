// SPDX-License-Identifier: BSL-1.0
#include "quoit/byte_ring.hpp"

#include <array>
#include <cerrno>
#include <deque>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "all_makers.hpp"
#include "build_kind.hpp"
#include "child.hpp"
#include "expect_error.hpp"
#include "payload.hpp"
#include "quoit/units.hpp"
#include "stream_bytes.hpp"
#include "system/page.hpp"

using namespace quoit;
using support::all_makers;
using support::bytes_of;
using support::text_of;

namespace {

std::size_t shared_mappings() {
  std::ifstream maps("/proc/self/maps");
  std::size_t n = 0;
  for (std::string line; std::getline(maps, line);) n += line.find("quoit-ring") != std::string::npos;
  return n;
}

/// A maker of one's own: counts what it makes.
class counting_maker final : public mirror::maker {
 public:
  std::shared_ptr<mirror::memory> make(std::size_t size) const override {
    ++made;
    return mirror::heap().make(size);
  }
  std::string name() const override { return "counting"; }
  mutable int made = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(byte_ring_test)

BOOST_AUTO_TEST_CASE(bytes_come_out_as_they_went_in) {
  for (auto const& m : all_makers()) {
    byte_ring ring(4096, *m);
    BOOST_TEST(ring.capacity() == 4096U);
    BOOST_TEST(ring.empty());
    BOOST_TEST(ring.write(bytes_of("hello ")) == 6U);
    BOOST_TEST(ring.write(bytes_of("world")) == 5U);
    BOOST_TEST(ring.size() == 11U);
    BOOST_TEST(ring.free_space() == 4085U);
    BOOST_TEST(text_of(ring.data()) == "hello world");
    BOOST_TEST(text_of(ring.peek(5).bytes()) == "hello");
    BOOST_TEST(text_of(ring.peek(100).bytes()) == "hello world");
    BOOST_TEST(ring.skip(6) == 6U);
    BOOST_TEST(text_of(ring.next(3).bytes()) == "wor");
    std::array<std::byte, 10> rest{};
    BOOST_TEST(ring.read(rest) == 2U);
    BOOST_TEST(text_of(std::span(rest).first(2)) == "ld");
    BOOST_TEST(ring.read(rest) == 0U);
    BOOST_TEST(ring.empty());
    ring.write(bytes_of("forgotten"));
    ring.reset();
    BOOST_TEST(ring.empty());
    BOOST_TEST(ring.free_space() == 4096U);
  }
}

BOOST_AUTO_TEST_CASE(every_view_is_contiguous_at_every_offset_and_for_every_number_of_pages) {
  for (std::size_t const pages : {1U, 2U, 3U, 5U}) {
    auto const capacity = pages * sys::page_size();
    byte_ring ring(capacity, mirror::memfd());
    std::uint64_t position = 0;
    std::uint64_t oldest = 0;
    std::vector<std::byte> lap(capacity);
    // Full, and moved on byte by byte: the seam is at every place of the span once.
    for (std::size_t i = 0; i <= capacity; ++i) {
      auto const room = ring.prepare(capacity);
      support::fill_from(position, room);
      position += ring.commit(room.size());
      BOOST_REQUIRE(ring.full());
      BOOST_REQUIRE(support::is_from(oldest, ring.data()));
      BOOST_REQUIRE(ring.data().size() == capacity);
      oldest += ring.consume(i % 7 == 0 ? 1 + i % 100 : 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(it_does_what_a_queue_of_bytes_does) {
  for (auto const& m : all_makers()) {
    byte_ring ring(3 * sys::page_size(), *m);
    std::deque<std::byte> model;
    support::random random(1);
    std::vector<std::byte> buffer(5 * sys::page_size());
    for (int i = 0; i < 3000 / support::slower; ++i) {
      auto const n = random.below(random.below(4) == 0 ? buffer.size() : 500);
      auto const bytes = std::span(buffer).first(n);
      switch (random.below(6)) {
        case 0:
        case 1: {
          support::fill(bytes, random());
          auto const written = ring.write(bytes);
          BOOST_REQUIRE(written == std::min(n, 3 * sys::page_size() - model.size()));
          model.insert(model.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(written));
          break;
        }
        case 2: {
          auto const read = ring.read(bytes);
          BOOST_REQUIRE(read == std::min(n, model.size()));
          for (std::size_t k = 0; k < read; ++k) {
            BOOST_REQUIRE(bytes[k] == model.front());
            model.pop_front();
          }
          break;
        }
        case 3: {
          auto const view = ring.next(n);
          BOOST_REQUIRE(view.size() == std::min(n, model.size()));
          for (auto const b : view.bytes()) {
            BOOST_REQUIRE(b == model.front());
            model.pop_front();
          }
          break;
        }
        case 4: {
          auto const skipped = ring.skip(n);
          BOOST_REQUIRE(skipped == std::min(n, model.size()));
          model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(skipped));
          break;
        }
        default: {
          auto const room = ring.prepare(n);
          support::fill(room, random());
          auto const part = random.below(room.size() + 1);
          BOOST_REQUIRE(ring.commit(part) == part);
          model.insert(model.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(part));
        }
      }
      BOOST_REQUIRE(ring.size() == model.size());
      BOOST_REQUIRE(std::equal(model.begin(), model.end(), ring.data().begin(), ring.data().end()));
    }
  }
}

// What a ring with a "full" flag, or with positions that are kept modulo its size, gets wrong.

BOOST_AUTO_TEST_CASE(skipping_nothing_leaves_a_full_ring_full) {
  byte_ring ring(4096);
  std::vector<std::byte> const lap(4096, std::byte{1});
  BOOST_TEST(ring.write(lap) == 4096U);
  BOOST_TEST(ring.skip(0) == 0U);
  BOOST_TEST(ring.next(0).empty());
  BOOST_TEST(ring.read({}) == 0U);
  BOOST_TEST(ring.full());
  BOOST_TEST(ring.size() == 4096U);
}

BOOST_AUTO_TEST_CASE(nothing_that_arrives_leaves_an_empty_ring_empty) {
  byte_ring ring(4096);
  int const none = ::open("/dev/null", O_RDONLY);
  auto const t = ring.read_from(none);
  BOOST_TEST(t.status == status::end_of_file);
  BOOST_TEST(t.count == 0U);
  BOOST_TEST(ring.empty());
  ::close(none);
  int const zeros = ::open("/dev/zero", O_RDONLY);
  BOOST_TEST(ring.read_from(zeros, 0).count == 0U);
  BOOST_TEST(ring.empty());
  ::close(zeros);
  std::istringstream nothing;
  BOOST_TEST(ring.read_from(nothing).count == 0U);
  BOOST_TEST(ring.write({}) == 0U);
  ring.prepare(10);
  BOOST_TEST(ring.commit(0) == 0U);
  BOOST_TEST(ring.empty());
}

BOOST_AUTO_TEST_CASE(what_was_prepared_is_committed_once_and_not_over_a_reset) {
  byte_ring ring(4096);
  support::fill(ring.prepare(10), 1);
  BOOST_TEST(ring.commit(4) == 4U);
  BOOST_TEST(ring.commit(6) == 0U);
  ring.prepare(10);
  ring.reset();
  BOOST_TEST(ring.commit(10) == 0U);
  BOOST_TEST(ring.empty());
}

BOOST_AUTO_TEST_CASE(a_capacity_of_whole_pages_stays_what_it_is) {
  auto const page = sys::page_size();
  for (auto const& m : all_makers()) {
    BOOST_TEST(byte_ring(1, *m).capacity() == page);
    BOOST_TEST(byte_ring(page - 1, *m).capacity() == page);
    BOOST_TEST(byte_ring(page, *m).capacity() == page);
    BOOST_TEST(byte_ring(page + 1, *m).capacity() == 2 * page);
    BOOST_TEST(byte_ring(3 * page, *m).capacity() == 3 * page);
  }
}

BOOST_AUTO_TEST_CASE(capacities_that_cannot_be) {
  for (auto const& m : all_makers()) {
    support::expect_error(
        errc::bad_options, [&] { byte_ring(0, *m); }, "byte ring", "0 bytes");
    support::expect_error(
        errc::bad_options, [&] { byte_ring(~std::size_t{0}, *m); }, "capacity");
    BOOST_CHECK_THROW(byte_ring(std::size_t{1} << 45U, *m), error);  // more than the machine has
  }
}

BOOST_AUTO_TEST_CASE(a_gibibyte_can_be_filled) {
  if (support::skipped_if_sanitized("1 GiB of shadow memory")) return;
  byte_ring ring(1_GiB);
  BOOST_TEST(ring.capacity() == 1_GiB);
  ring.prepare(1_GiB - 5);
  ring.commit(1_GiB - 5);
  ring.consume(1_GiB - 5);
  BOOST_TEST(ring.write(bytes_of("across the seam")) == 15U);
  BOOST_TEST(text_of(ring.data()) == "across the seam");
}

BOOST_AUTO_TEST_CASE(a_view_outlives_its_ring) {
  for (auto const& m : all_makers()) {
    auto const before = shared_mappings();
    ring_view view;
    {
      std::optional<byte_ring> ring(std::in_place, 4096, *m);
      ring->write(std::vector<std::byte>(4090));
      ring->skip(4090);
      ring->write(bytes_of("it crosses the seam"));
      view = ring->peek(100);
      auto const other = ring->next(2);
      ring.reset();
      BOOST_TEST(text_of(other.bytes()) == "it");
    }
    auto const copy = view;
    view = {};
    BOOST_TEST(text_of(copy.bytes()) == "it crosses the seam");
    if (m->name() == "memfd") BOOST_TEST(shared_mappings() > before);
  }
  BOOST_TEST(shared_mappings() == 0U);
}

BOOST_AUTO_TEST_CASE(releasing_gives_back_early_and_twice_is_an_error) {
  byte_ring ring(4096);
  BOOST_TEST(shared_mappings() > 0U);
  ring.write(bytes_of("unread"));
  BOOST_TEST(!ring.release());
  BOOST_TEST(shared_mappings() == 0U);
  BOOST_TEST((ring.release() == std::errc::invalid_argument));
  BOOST_TEST(ring.release().value() == EINVAL);
  BOOST_TEST(ring.capacity() == 0U);
  BOOST_TEST(ring.size() == 0U);
  BOOST_TEST(ring.full());
  BOOST_TEST(ring.write(bytes_of("x")) == 0U);
  BOOST_TEST(ring.prepare(5).empty());
  BOOST_TEST(ring.commit(5) == 0U);
  BOOST_TEST(ring.consume(5) == 0U);
  BOOST_TEST(ring.peek(5).empty());
  BOOST_TEST(ring.next(5).empty());
  BOOST_TEST(ring.data().empty());
  BOOST_TEST(ring.read_from(0).status == status::detached);
  BOOST_TEST(ring.write_to(1).status == status::detached);
  ring.reset();
}

BOOST_AUTO_TEST_CASE(a_view_held_over_a_release_stays_readable) {
  for (auto const& m : all_makers()) {
    byte_ring ring(4096, *m);
    ring.write(bytes_of("held"));
    auto view = ring.peek(4);
    BOOST_TEST(!ring.release());
    BOOST_TEST((ring.release() == std::errc::invalid_argument));
    BOOST_TEST(text_of(view.bytes()) == "held");
  }
}

BOOST_AUTO_TEST_CASE(a_ring_moves_with_all_that_is_in_it) {
  byte_ring ring(4096);
  ring.write(bytes_of("moved"));
  byte_ring other(std::move(ring));
  BOOST_TEST(text_of(other.data()) == "moved");
  BOOST_TEST(ring.capacity() == 0U);
  ring = std::move(other);
  BOOST_TEST(text_of(ring.data()) == "moved");
  auto& self = ring;
  ring = std::move(self);
  BOOST_TEST(other.write(bytes_of("x")) == 0U);
}

BOOST_AUTO_TEST_CASE(a_maker_of_ones_own_will_do) {
  counting_maker const mine;
  byte_ring ring(4096, mine);
  BOOST_TEST(mine.made == 1);
  BOOST_TEST(ring.write(bytes_of("x")) == 1U);
}

BOOST_AUTO_TEST_CASE(descriptors_are_read_and_written_in_place) {
  byte_ring ring(4096);
  std::array<int, 2> p{};
  BOOST_REQUIRE(::pipe2(p.data(), O_NONBLOCK) == 0);
  ring.write(bytes_of("through a pipe"));
  BOOST_TEST(ring.write_to(p[1], 7).count == 7U);
  BOOST_TEST(ring.write_to(p[1]).count == 7U);
  BOOST_TEST(ring.write_to(p[1]).status == status::ok);  // nothing to be done
  BOOST_TEST(ring.read_from(p[0], 4).count == 4U);
  auto const t = ring.read_from(p[0]);
  BOOST_TEST(t.status == status::would_block);
  BOOST_TEST(t.count == 10U);
  BOOST_TEST(text_of(ring.data()) == "through a pipe");
  BOOST_TEST(::write(p[1], std::string(5000, 'y').data(), 5000) == 5000);
  auto const full = ring.read_from(p[0]);
  BOOST_TEST(full.status == status::ok);
  BOOST_TEST(full.count == 4096U - 14U);
  BOOST_TEST(ring.full());
  ::close(p[0]);
  auto const broken = ring.write_to(p[1]);
  BOOST_TEST(broken.status == status::failed);
  BOOST_TEST(broken.error == EPIPE);
  BOOST_TEST(ring.full());
  ::close(p[1]);
  ring.reset();
  BOOST_TEST(ring.read_from(-1).error == EBADF);
}

BOOST_AUTO_TEST_CASE(streams_of_the_standard_library_are_too) {
  byte_ring ring(4096);
  std::istringstream in(std::string(3000, 'a') + std::string(3000, 'b'));
  auto t = ring.read_from(in, 10);
  BOOST_TEST(t.count == 10U);
  t = ring.read_from(in);
  BOOST_TEST(t.status == status::ok);
  BOOST_TEST(t.count == 4086U);
  std::ostringstream out;
  BOOST_TEST(ring.write_to(out, 4000).count == 4000U);
  t = ring.read_from(in);
  BOOST_TEST(t.status == status::end_of_file);
  BOOST_TEST(t.count == 6000U - 4096U);
  BOOST_TEST(ring.write_to(out).count == 2000U);
  BOOST_TEST((out.str() == std::string(3000, 'a') + std::string(3000, 'b')));
  // A buffer that takes only a part: the count is true, and nothing comes twice.
  struct narrow final : std::streambuf {
    std::streamsize xsputn(char const*, std::streamsize n) override { return std::min<std::streamsize>(n, 3); }
  } three;
  std::ostream part(&three);
  ring.write(bytes_of("abcdef"));
  t = ring.write_to(part);
  BOOST_TEST(t.status == status::failed);
  BOOST_TEST(t.count == 3U);
  BOOST_TEST(text_of(ring.next(3).bytes()) == "def");
  ring.write(bytes_of("kept"));
  out.setstate(std::ios::badbit);
  BOOST_TEST(ring.write_to(out).status == status::failed);
  BOOST_TEST(text_of(ring.data()) == "kept");
}

BOOST_AUTO_TEST_CASE(a_stream_that_throws_loses_nothing_that_came) {
  byte_ring ring(4096);
  std::istringstream in("abc");
  in.exceptions(std::ios::eofbit | std::ios::failbit);
  BOOST_CHECK_THROW(ring.read_from(in), std::ios::failure);
  BOOST_TEST(text_of(ring.data()) == "abc");
}

BOOST_AUTO_TEST_CASE(a_fork_child_has_an_empty_ring) {
  byte_ring ring(4096);
  ring.write(bytes_of("mine"));
  auto view = ring.peek(4);
  {
    support::child fork([&] {
      bool const nothing = view.bytes().empty() && view.empty() && ring.size() == 0 && ring.write(bytes_of("x")) == 0 &&
                           ring.peek(1).empty() && ring.data().empty() && ring.capacity() == 0 &&
                           ring.read_from(0).status == status::detached;
      view = {};
      byte_ring own(4096);  // it can have one of its own
      return nothing && own.write(bytes_of("x")) == 1 && !ring.release() ? 0 : 1;
    });
    BOOST_TEST(fork.wait() == 0);
  }
  BOOST_TEST(text_of(ring.data()) == "mine");
  BOOST_TEST(text_of(view.bytes()) == "mine");
}

BOOST_AUTO_TEST_SUITE_END()
