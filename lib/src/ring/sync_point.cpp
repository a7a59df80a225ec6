// SPDX-License-Identifier: BSL-1.0
#include "ring/sync_point.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "ring/ends.hpp"
#include "ring/frontier.hpp"
#include "segment/channel_file.hpp"
#include "system/fail.hpp"
#include "system/page.hpp"
#include "system/step.hpp"

namespace quoit::ring {

namespace {

using segment::sync_point;

constexpr std::uint64_t least_piece = 64;
constexpr int most_looks = 20;
constexpr std::size_t chunk = std::size_t{1} << 20U;

[[noreturn]] void cannot(char const* doing, std::int64_t n) { fail_errno(n < 0 ? errno : EIO, {.doing = doing}); }

std::uint64_t checksum_of(sync_point const& s) { return segment::checksum(&s, offsetof(sync_point, checksum)); }

std::uint64_t piece_size(segment::geometry const& g) {
  return std::max(g.capacity / segment::most_sync_pieces, least_piece);
}

/// The data in the file, by positions; read and written in spans that may cross the ring's end.
class data_file {
 public:
  data_file(segment::geometry const& g, int file)
      : g_(&g), file_(file), buffer_(std::min<std::size_t>(g.capacity, chunk)) {}

  /// A digest of the bytes from `begin` to `end`.
  std::uint64_t digest(std::uint64_t begin, std::uint64_t end) {
    std::uint64_t sum = segment::scatter(begin ^ end << 1U);
    for (auto at = begin; at < end;) {
      auto const n = step(at, end);
      auto const got = sys::pread(file_, buffer_.data(), n, offset(at));
      if (got != static_cast<ssize_t>(n)) cannot("read the channel's file", got);
      sum = segment::scatter(sum ^ segment::checksum(buffer_.data(), n));
      at += n;
    }
    return sum;
  }

  void erase(std::uint64_t begin, std::uint64_t end) {
    std::fill(buffer_.begin(), buffer_.end(), std::byte{0});
    for (auto at = begin; at < end;) {
      auto const n = step(at, end);
      auto const put = sys::pwrite(file_, buffer_.data(), n, offset(at));
      if (put != static_cast<ssize_t>(n)) cannot("write the channel's file", put);
      at += n;
    }
  }

  segment::prefix prefix_at(std::uint64_t position) const {
    segment::prefix p{};  // its 16 bytes never cross the ring's end
    auto const got = sys::pread(file_, &p, sizeof p, offset(position));
    if (got != static_cast<ssize_t>(sizeof p)) cannot("read the channel's file", got);
    return p;
  }

 private:
  off_t offset(std::uint64_t position) const { return static_cast<off_t>(g_->data_at + (position & g_->mask)); }
  std::size_t step(std::uint64_t at, std::uint64_t end) const {
    return std::min({end - at, g_->capacity - (at & g_->mask), static_cast<std::uint64_t>(buffer_.size())});
  }

  segment::geometry const* g_;
  int file_;
  std::vector<std::byte> buffer_;
};

off_t place_of(segment::geometry const& g, std::uint64_t number) {
  return static_cast<off_t>(g.sync_at + (number & 1U) * sys::page_size());
}

std::optional<sync_point> read_one(segment::geometry const& g, int file, std::uint64_t number) {
  sync_point s{};
  auto const got = sys::pread(file, &s, sizeof s, place_of(g, number));
  if (got != static_cast<ssize_t>(sizeof s)) cannot("read the channel's file", got);
  bool const good = s.magic == segment::sync_magic && s.checksum == checksum_of(s) && (s.number & 1U) == number &&
                    s.head <= last_sequence && s.floor <= s.head && s.head - s.floor <= g.capacity &&
                    s.sequence <= last_sequence && (s.sequence == 0) == g.is_stream() && s.pieces <= s.digest.size();
  return good ? std::optional(s) : std::nullopt;
}

std::optional<sync_point> last_one(segment::geometry const& g, int file) {
  auto const even = read_one(g, file, 0);
  auto const odd = read_one(g, file, 1);
  if (!even || !odd) return even ? even : odd;
  return even->number > odd->number ? even : odd;
}

/// Calls `f(begin, end)` for each piece of the covered bytes, the newest first, until it says no.
template <class F>
void for_each_piece(segment::geometry const& g, std::uint64_t floor, std::uint64_t head, F&& f) {
  auto const size = piece_size(g);
  for (auto end = head; end > floor;) {
    auto const begin = std::max(floor, (end - 1) / size * size);
    if (!f(begin, end)) return;
    end = begin;
  }
}

struct covered {
  std::uint64_t sequence;  // the first one behind it; 0 for a stream
  std::uint64_t floor;     // positions
  std::uint64_t head;
};

covered extent_of(ring const& r, budget& b) {
  auto& words = r.words();
  if (r.geometry().is_stream()) {
    auto const floor = words.floor.word.load(std::memory_order_acquire);
    auto const head = words.next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
    if (head > last_sequence || floor > head || head - floor > r.geometry().capacity) return {0, 0, ~std::uint64_t{0}};
    return {0, floor, head};
  }
  auto const floor = words.floor.word.load(std::memory_order_acquire);  // SYNC: floor -> find_frontier
  auto const at = find_frontier(r, b);
  auto const start = floor == 0 ? 0 : r.end_of(floor - 1);
  if (!at || floor == 0 || start > at->position || at->position - start > r.geometry().capacity) {
    return {0, 0, ~std::uint64_t{0}};
  }
  return {at->sequence, start, at->position};
}

/// From which position on the ring has not been written over: what lies before the floor may have been.
std::uint64_t oldest_position(ring const& r, covered const& c) {
  auto const floor = r.words().floor.word.load(std::memory_order_acquire);
  if (r.geometry().is_stream()) return std::clamp(floor, c.floor, c.head);
  if (floor >= c.sequence) return c.head;
  return std::clamp(r.end_of(floor - 1), c.floor, c.head);
}

struct kept_from {
  std::uint64_t first;  // record
  std::uint64_t start;  // its position
};

/// The oldest record from which on, up to `s.sequence`, all are there: each descriptor is of its record's lap, each
/// begins where the one before ends, and each committed one has its stamp. Positions are those that were checked: what
/// stands in the descriptors may be another one's by now.
kept_from oldest_record(ring const& r, data_file const& data, sync_point const& s, std::uint64_t valid_from) {
  auto const& g = r.geometry();
  auto first = s.sequence;
  auto end = s.head;
  while (first > 1 && s.sequence - first < g.records - 1) {
    auto const i = first - 1;
    if (!r.resolved(i) || r.end_of(i) != end || !r.resolved(i - 1)) break;
    auto const start = r.end_of(i - 1);
    if (start >= end || start < valid_from) break;
    auto const w = segment::unpack_record(r.record(i).a.load(std::memory_order_relaxed));
    if (w.state == segment::record_state::committed &&
        (data.prefix_at(start).stamp | segment::stamp_last) != r.stamp(i, start))
      break;
    first = i;
    end = start;
  }
  return {first, end};
}

/// Descriptors of records that are not kept must not be taken for those of any record to come.
void clear_descriptors(ring const& r, std::uint64_t first, std::uint64_t next) {
  auto const& g = r.geometry();
  auto const kept = next - first;
  for (std::uint64_t k = 0; k < g.records - 1 - kept; ++k) {
    r.record(next + k).a.store(0);
    r.record(next + k).b.store(0);
  }
}

/// Nobody takes part, nobody sleeps. Who published before has left an end, unless nothing was ever published.
void reset_words(ring const& r, std::uint64_t floor, std::uint64_t next, std::optional<segment::end_kind> how) {
  auto& w = r.words();
  for (std::uint32_t i = 0; i < r.geometry().slots; ++i) {
    r.place(i).identity.store(0);
    r.place(i).cursor.store(0);
  }
  w.floor.word.store(floor);
  w.next.word.store(next);
  w.data.word.store(0);
  w.space.word.store(0);
  w.retired.word.store(0);
  w.places.word.store(0);
  for (auto& e : w.end_of) {
    e.who.store(0);
    e.sequence.store(0);
  }
  if (how) {
    w.end_of[0].who.store(segment::pack(segment::end_word{0, *how}));
    w.end_of[0].sequence.store(next);
  }
  w.ends.word.store(how ? 1 : 0);
}

bool is_published_to(ring const& r) {
  for (std::uint32_t i = 0; i < r.geometry().publishers; ++i) {
    auto const id = segment::unpack_identity(r.place(i).identity.load(std::memory_order_acquire));
    if (id.state != segment::place_state::free) return true;
  }
  return false;
}

/// Whether nobody publishes, and the last one who did had closed there.
bool is_clean(ring const& r, std::uint64_t next) {
  if (is_published_to(r)) return false;
  auto const count = r.words().ends.word.load(std::memory_order_acquire);  // SYNC: end -> read_end
  if (count == 0) return false;
  auto const e = read_end(r, count - 1);
  return e && e->how == status::closed && e->sequence == next;
}

void write_to_disk(segment::geometry const& g, int file, sync_point& s) {
  s.checksum = checksum_of(s);
  auto const put = sys::pwrite(file, &s, sizeof s, place_of(g, s.number));
  if (put != static_cast<ssize_t>(sizeof s)) cannot("write a sync point", put);
  QUOIT_STEP(sync_written);
  segment::flush(file);
}

/// The same, but not clean any more, in the other one's place.
void write_as_used(segment::geometry const& g, int file, sync_point s) {
  s.clean = 0;
  ++s.number;
  write_to_disk(g, file, s);
}

}  // namespace

void write_sync_point(ring const& r, int file) {
  auto const& g = r.geometry();
  auto const lock = segment::lock_file(file, segment::file_work::sync);
  auto const before = last_one(g, file);
  budget b(r);
  auto c = extent_of(r, b);
  for (int tries = 0; c.head > last_sequence && tries < most_looks; ++tries) c = extent_of(r, b);  // lapped each time
  if (c.head > last_sequence) {
    fail(errc::damaged, {.doing = "write the channel's file to its disk",
                         .expected = "positions that fit each other",
                         .found = "shared memory that no working peer writes"});
  }
  segment::flush(file);
  sync_point s{};
  s.magic = segment::sync_magic;
  s.number = before ? before->number + 1 : 0;
  s.sequence = c.sequence;
  s.head = c.head;
  s.floor = c.head;
  data_file data(g, file);
  for_each_piece(g, c.floor, c.head, [&](std::uint64_t begin, std::uint64_t end) {
    auto const digest = data.digest(begin, end);
    // SYNC: floor -> write_sync_point. As a lossy reader: the bytes first, then the floor. A publisher moves the floor
    // before it writes over what lies before it.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (begin < oldest_position(r, c)) return false;
    s.digest[s.pieces++] = digest;
    s.floor = begin;
    return true;
  });
  s.clean = is_clean(r, g.is_stream() ? c.head : c.sequence) ? 1 : 0;
  QUOIT_STEP(sync_flushed);
  write_to_disk(g, file, s);
  // Of one who takes a publisher's place and looks for a clean sync point, and this, which writes one and looks for
  // publishers, one sees the other.
  if (s.clean != 0 && is_published_to(r)) write_as_used(g, file, s);
}

void note_publisher(ring const& r, int file) {
  auto const& g = r.geometry();
  auto const is_clean_now = [&] {
    auto const s = last_one(g, file);
    return s && s->clean != 0 ? s : std::nullopt;
  };
  if (!is_clean_now()) return;
  auto const lock = segment::lock_file(file, segment::file_work::sync);
  if (auto const s = is_clean_now()) write_as_used(g, file, *s);
}

void restore(ring const& r, int file) {
  auto const& g = r.geometry();
  data_file data(g, file);
  auto const s = last_one(g, file);
  auto valid_from = s ? s->head : 0;
  auto const ended = s && s->clean != 0 ? segment::end_kind::closed : segment::end_kind::died;
  if (s) {
    std::size_t k = 0;
    for_each_piece(g, s->floor, s->head, [&](std::uint64_t begin, std::uint64_t end) {
      if (k == s->pieces || data.digest(begin, end) != s->digest[k]) return false;
      ++k;
      valid_from = begin;
      return true;
    });
  }
  if (g.is_stream()) {
    auto const head = s ? s->head : 0;
    data.erase(head, valid_from + g.capacity);
    reset_words(r, valid_from, head, head > 0 ? std::optional(ended) : std::nullopt);
  } else if (!s) {
    data.erase(0, g.capacity);
    auto& zeroth = r.record(0);
    for (std::uint64_t i = 0; i < g.records; ++i) {
      r.record(i).a.store(0);
      r.record(i).b.store(0);
    }
    zeroth.a.store(segment::resolved_before_all);
    zeroth.b.store(g.alignment - segment::prefix_bytes);
    reset_words(r, 1, 1, {});
  } else {
    auto const [first, start] = oldest_record(r, data, *s, valid_from);
    auto const next = s->sequence;
    // The record before the first one says where that begins. If nothing is kept, it may have been written over.
    if (first == next) {
      r.record(next - 1).b.store(s->head);
      r.record(next - 1).a.store(segment::pack({r.lap(next - 1), 0, 0, segment::record_state::aborted}));
    }
    data.erase(s->head, start + g.capacity);
    clear_descriptors(r, first, next);
    reset_words(r, first, next, next > 1 ? std::optional(ended) : std::nullopt);
  }
  QUOIT_STEP(restored);
  segment::flush(file);
}

}  // namespace quoit::ring
