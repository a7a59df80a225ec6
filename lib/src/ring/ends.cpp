// SPDX-License-Identifier: BSL-1.0
#include "ring/ends.hpp"

#include "ring/frontier.hpp"
#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

namespace {

segment::end& entry_of(ring const& r, std::uint64_t k) noexcept { return r.words().end_of[k % segment::ends_kept]; }

template <class Word, class Value>
void replace(Word& word, Value from, Value to) noexcept {
  // SYNC: end -> read_end (with the count after it). Failing means that somebody else has done it.
  word.compare_exchange_strong(from, to, std::memory_order_acq_rel, std::memory_order_relaxed);
}

/// What the publisher whose time is over has not used any more.
std::optional<std::uint64_t> next_sequence(ring const& r) noexcept {
  if (r.geometry().is_stream()) return r.words().next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  auto const at = find_frontier(r);
  if (!at) return {};
  return at->sequence;
}

}  // namespace

std::optional<end_notice> read_end(ring const& r, std::uint64_t k) noexcept {
  auto& count = r.words().ends.word;
  if (k >= count.load(std::memory_order_acquire)) return {};  // SYNC: end -> read_end
  auto const who = segment::unpack_end(entry_of(r, k).who.load(std::memory_order_acquire));
  auto const sequence = entry_of(r, k).sequence.load(std::memory_order_acquire);
  // Whoever writes end k + ends_kept here has seen that count, so a word of his is not read without that count.
  if (count.load(std::memory_order_relaxed) >= k + segment::ends_kept) return {};
  return end_notice{who.generation, who.how == segment::end_kind::closed ? status::closed : status::died, sequence};
}

void ends_met::start(std::uint64_t sequence) noexcept {
  met_ = ring_->words().ends.word.load(std::memory_order_acquire);  // SYNC: end -> read_end
  for (std::uint64_t i = 0; i < readable_ends && met_ > 0; ++i) {
    auto const e = read_end(*ring_, met_ - 1);
    if (!e || e->sequence <= sequence) break;
    --met_;
  }
}

status ends_met::meet(std::uint64_t sequence) noexcept {
  next_ = none;
  auto const count = ring_->words().ends.word.load(std::memory_order_acquire);
  if (count < met_) return status::corrupt;
  if (count - met_ > readable_ends) met_ = count - readable_ends;
  while (met_ < count) {
    auto const e = read_end(*ring_, met_);
    if (e && e->sequence > sequence) {
      next_ = e->sequence;
      return status::ok;
    }
    ++met_;
    if (e) return e->how;
  }
  return status::ok;
}

bool finish_publisher(ring const& r, std::uint64_t identity, segment::end_kind how) noexcept {
  auto& words = r.words();
  auto const generation = segment::unpack_identity(identity).generation;
  // Everything is read before the identity is looked at again: as long as it is there, nobody has begun to publish
  // after this publisher, so the frontier and the entry are those of its end.
  auto const count = words.ends.word.load(std::memory_order_acquire);
  auto const last = count == 0 ? 0 : entry_of(r, count - 1).who.load(std::memory_order_acquire);
  auto& entry = entry_of(r, count);
  auto const who = entry.who.load(std::memory_order_acquire);
  auto const sequence = entry.sequence.load(std::memory_order_acquire);
  auto const next = next_sequence(r);
  if (r.place(0).identity.load(std::memory_order_acquire) != identity) return true;
  if (!next) return false;
  if (count == 0 || segment::unpack_end(last).generation != generation) {
    // If somebody has begun with this end, what he said of its kind stands.
    if (who == 0 || segment::unpack_end(who).generation != generation) {
      replace(entry.who, who, segment::pack(segment::end_word{generation, how}));
    }
    QUOIT_STEP(end_named);
    replace(entry.sequence, sequence, *next);
    QUOIT_STEP(end_placed);
    replace(words.ends.word, count, count + 1);
    QUOIT_STEP(end_counted);
  }
  // SYNC: identity -> identity. The next publisher, who claims this place, sees the end counted.
  auto expected = identity;
  r.place(0).identity.compare_exchange_strong(
      expected,
      segment::pack(segment::identity_word{generation, segment::place_role::none, segment::place_state::free}),
      std::memory_order_acq_rel, std::memory_order_relaxed);
  QUOIT_STEP(publisher_finished);
  signal_data(r);
  signal_space(r);
  return true;
}

}  // namespace quoit::ring
