// SPDX-License-Identifier: BSL-1.0
#include "ring/ends.hpp"

#include "ring/claims.hpp"
#include "ring/frontier.hpp"
#include "ring/signals.hpp"
#include "system/step.hpp"

namespace quoit::ring {

namespace {

constexpr int most_raises = 1000;  // each one is by somebody else; but for a peer that writes at random

segment::end& entry_of(ring const& r, std::uint64_t k) noexcept { return r.words().end_of[k % segment::ends_kept]; }

template <class Word, class Value>
bool replace(Word& word, Value from, Value to) noexcept {
  // SYNC: end -> read_end (with the count after it). Failing means that somebody else has done it.
  return word.compare_exchange_strong(from, to, std::memory_order_acq_rel, std::memory_order_relaxed);
}

/// What the publisher whose time is over has not used any more.
std::optional<std::uint64_t> next_sequence(ring const& r, budget& b) noexcept {
  if (r.geometry().is_stream()) return r.words().next.word.load(std::memory_order_acquire);  // SYNC: advance -> head
  auto const at = find_frontier(r, b);
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

void ends_met::start(std::uint64_t sequence, std::uint64_t count) noexcept {
  met_ = counted();
  for (std::uint64_t i = 0; i < readable_ends && met_ > 0; ++i) {
    auto const e = read_end(*ring_, met_ - 1);
    if (!e || e->sequence < sequence || (e->sequence == sequence && met_ <= count)) break;
    --met_;
  }
}

std::optional<std::uint64_t> ends_met::after_forgotten() const noexcept {
  auto const count = counted();
  if (count <= met_ || count - met_ <= readable_ends) return {};
  auto const e = read_end(*ring_, count - readable_ends);
  return e ? e->sequence : 0;
}

bool ends_met::stands_at(std::uint64_t sequence) const noexcept {
  auto const count = counted();
  if (count == met_) return false;
  if (count - met_ > readable_ends) return true;
  for (auto k = met_; k < count; ++k) {
    if (auto const e = read_end(*ring_, k)) return e->sequence <= sequence;
  }
  return false;
}

status ends_met::meet(std::uint64_t sequence) noexcept {
  next_ = none;
  auto const count = counted();
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

namespace {

/// The end of the exclusive publisher. False: not yet, or the words contradict each other.
bool write_only_end(ring const& r, std::uint64_t identity, segment::end_kind how, budget& b) noexcept {
  auto& words = r.words();
  auto const generation = segment::unpack_identity(identity).generation;
  // Everything is read before the identity is looked at again: as long as it is there, nobody has begun to publish
  // after this publisher, so the frontier and the entry are those of its end.
  auto const count = words.ends.word.load(std::memory_order_acquire);
  auto const last = count == 0 ? 0 : entry_of(r, count - 1).who.load(std::memory_order_acquire);
  auto& entry = entry_of(r, count);
  auto const who = entry.who.load(std::memory_order_acquire);
  auto const sequence = entry.sequence.load(std::memory_order_acquire);
  auto const next = next_sequence(r, b);
  if (r.place(0).identity.load(std::memory_order_acquire) != identity) return true;
  if (!next) return false;
  if (count > 0 && segment::unpack_end(last).generation == generation) return true;
  // If somebody has begun with this end, what he said of its kind stands.
  if (who == 0 || segment::unpack_end(who).generation != generation) {
    replace(entry.who, who, segment::pack(segment::end_word{generation, how}));
  }
  QUOIT_STEP(end_named);
  replace(entry.sequence, sequence, *next);
  QUOIT_STEP(end_placed);
  replace(words.ends.word, count, count + 1);
  QUOIT_STEP(end_counted);
  return true;
}

/// An entry's place in the sequence only grows: it is that of an end 24 ends before, which is not behind this one. To
/// exchange it would be wrong: if nobody has published for 24 ends, one who slept through them finds what it expects.
void raise(std::atomic<std::uint64_t>& word, std::uint64_t to) noexcept {
  auto there = word.load(std::memory_order_acquire);
  for (int round = 0; there < to && round < most_raises; ++round) {
    // SYNC: end -> read_end (with the count after it)
    if (word.compare_exchange_strong(there, to, std::memory_order_acq_rel, std::memory_order_relaxed)) return;
  }
}

/// Whether the end of this publisher is among those that can be read.
bool has_end(ring const& r, std::uint64_t count, std::uint32_t slot, std::uint32_t generation) noexcept {
  for (std::uint64_t k = count > readable_ends ? count - readable_ends : 0; k < count; ++k) {
    auto const e = segment::unpack_end(entry_of(r, k).who.load(std::memory_order_acquire));
    if (e.slot == slot && e.generation == generation) return true;
  }
  return false;
}

/// End k is about to be forgotten: its publisher's place must not be taken for one whose end is missing. Its owner, or
/// whoever wrote the end for it, may have died or be asleep before freeing it.
void free_place_of(ring const& r, std::uint64_t k) noexcept {
  auto const e = segment::unpack_end(entry_of(r, k).who.load(std::memory_order_acquire));
  // Whoever writes another end there has seen that count; his own must be counted before his place is freed.
  if (r.words().ends.word.load(std::memory_order_acquire) >= k + segment::ends_kept) return;
  if (e.slot >= r.geometry().publishers) return;
  using segment::identity_word;
  auto live = segment::pack({e.generation, segment::place_role::publisher, segment::place_state::live});
  auto const free = segment::pack({e.generation, segment::place_role::none, segment::place_state::free});
  r.place(e.slot).identity.compare_exchange_strong(live, free, std::memory_order_acq_rel, std::memory_order_relaxed);
}

/// The end of one of many. All that it has claimed is resolved, so that it stands behind that wherever it stands.
bool write_an_end(ring const& r, std::uint32_t index, std::uint64_t identity, segment::end_kind how,
                  budget& b) noexcept {
  auto& words = r.words();
  auto const generation = segment::unpack_identity(identity).generation;
  // Each lost round is an end that somebody else has begun or written; but for a peer that writes at random.
  for (std::uint32_t round = 0; round < 8 * r.geometry().publishers + 16 && !b.is_spent(); ++round) {
    auto const count = words.ends.word.load(std::memory_order_acquire);
    auto& entry = entry_of(r, count);
    auto const who = entry.who.load(std::memory_order_acquire);
    auto const next = find_claim_point(r, b);
    if (r.place(index).identity.load(std::memory_order_acquire) != identity) return true;
    if (!next) return false;
    if (has_end(r, count, index, generation)) return true;
    if (words.ends.word.load(std::memory_order_acquire) != count) continue;
    QUOIT_STEP(end_looked);
    auto const mine = segment::pack(segment::end_word{generation, how, index, static_cast<std::uint32_t>(count)});
    if (count >= readable_ends) free_place_of(r, count - readable_ends);
    bool const begun = who != 0 && segment::unpack_end(who).number == (count & segment::end_number_mask);
    // Somebody else's, now: he may have published after we looked where the claim point is.
    if (!begun && !replace(entry.who, who, mine)) continue;
    QUOIT_STEP(end_named);
    raise(entry.sequence, next->sequence);
    QUOIT_STEP(end_placed);
    replace(words.ends.word, count, count + 1);
    QUOIT_STEP(end_counted);
  }
  return false;
}

}  // namespace

bool finish_publisher(ring const& r, std::uint32_t index, std::uint64_t identity, segment::end_kind how,
                      budget& b) noexcept {
  if (r.geometry().has_many_publishers()) {
    identities owners{};
    owners[index] = identity;
    if (!resolve_claims_of(r, owners, b)) return false;
  }
  return end_publisher(r, index, identity, how, b);
}

bool end_publisher(ring const& r, std::uint32_t index, std::uint64_t identity, segment::end_kind how,
                   budget& b) noexcept {
  auto const generation = segment::unpack_identity(identity).generation;
  bool const many = r.geometry().has_many_publishers();
  if (!(many ? write_an_end(r, index, identity, how, b) : write_only_end(r, identity, how, b))) return false;
  // SYNC: identity -> identity. The next publisher, who claims this place, sees the end counted.
  auto expected = identity;
  r.place(index).identity.compare_exchange_strong(
      expected,
      segment::pack(segment::identity_word{generation, segment::place_role::none, segment::place_state::free}),
      std::memory_order_acq_rel, std::memory_order_relaxed);
  QUOIT_STEP(publisher_finished);
  signal_all(r);
  return true;
}

}  // namespace quoit::ring
