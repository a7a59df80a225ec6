// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ring/budget.hpp"
#include "ring/ring.hpp"
#include "system/byte_lock.hpp"

/// \file
/// Places: who takes part. A place is taken in four steps:
///
///     FREE(g) -> CLAIMED(g + 1)    by compare-and-swap: one claimer wins
///     lock                         of a byte that belongs to this place *and* this generation
///     CLAIMED -> JOINING           by compare-and-swap: the place is ours, and only now is it written into
///     JOINING -> LIVE              from here on the publisher reckons with it
///
/// Nobody but its one claimer ever locks a generation's byte. So of a JOINING or LIVE place a held lock says that this
/// very participant is alive, and a free one that no thread of it will ever run again.
///
/// A CLAIMED place has no lock for a moment, and whoever wants a place may set it free: its claimer is dead or merely
/// slow. A slow one fails at the second compare-and-swap, has written nothing, and claims again.

namespace quoit::ring {

/// Places from `first` to before `last`.
struct place_range {
  std::uint32_t first;
  std::uint32_t last;
};

/// Which byte of the header object tells whether this participant is alive.
sys::byte_range liveness_byte(std::uint32_t index, std::uint32_t generation) noexcept;

/// One place, held. Move only; the destructor frees it, but does nothing in a fork child.
class place {
 public:
  /// Claims and locks the first place of the range that is free or whose owner is dead, and introduces itself there.
  /// Nothing: all are alive, or the budget did not suffice to recover one. Throws if the lock cannot be had for another
  /// reason, and `errc::damaged` if the words that recovery needs contradict each other. The place is still JOINING: it
  /// holds up nobody.
  static std::optional<place> claim(ring const& r, place_range range, segment::place_role role,
                                    std::string const& label, budget& b);

  place(place&& other) noexcept;
  place& operator=(place&&) = delete;
  ~place() { leave(); }

  std::uint32_t index() const noexcept { return index_; }
  std::uint32_t generation() const noexcept { return generation_; }
  segment::place_role role() const noexcept { return role_; }
  slot& shared() const noexcept { return *slot_; }

  /// The identity of a living participant here.
  std::uint64_t live_identity() const noexcept { return live_; }

  /// JOINING -> LIVE, then a full fence. False: the word is not what we left there, as no working peer does.
  bool go_live() noexcept;

  /// LIVE -> JOINING, to join anew elsewhere in the ring. False: it is not ours any more.
  bool go_back() noexcept;

  /// Whether this place is still ours. A living publisher's always is, but for a peer that writes at random. The others
  /// would take such a one for dead: they ask the kernel about the generation that they find here.
  bool is_live() const noexcept {
    return shared().identity.load(std::memory_order_acquire) == live_identity();  // SYNC: identity -> identity
  }

  /// LIVE -> FREE, unless that is done, and unlocks. Idempotent.
  void leave() noexcept;

  /// Unlocks alone, so that its owner counts as dead: others do what a leaving one could not.
  void abandon() noexcept;

 private:
  place(ring const& r, std::uint32_t index, std::uint32_t generation, segment::place_role role)
      : ring_(&r),
        slot_(&r.place(index)),
        live_(segment::pack(segment::identity_word{generation, role, segment::place_state::live})),
        index_(index),
        generation_(generation),
        role_(role),
        mark_(sys::own_mark()) {}

  static std::optional<place> claim_one(ring const& r, std::uint32_t index, segment::place_role role);
  std::uint64_t word(segment::place_state state) const noexcept;
  bool exchange(segment::place_state from, std::uint64_t to) noexcept;

  void forget() noexcept;

  ring const* ring_;
  slot* slot_;
  std::uint64_t live_;  // asked for with every message, so it is kept
  std::uint32_t index_;
  std::uint32_t generation_;
  segment::place_role role_;
  sys::mark mark_;
  sys::byte_lock lock_;
};

enum class recovery { alive, freed, corrupt };

/// Whether the kernel says that the owner of this generation of the place is dead. A number that means another file by
/// now (somebody has closed our descriptors) proves nothing.
bool is_dead(ring const& r, std::uint32_t index, std::uint32_t generation) noexcept;

/// Frees the place if its owner is dead (for a publisher's place: after its end is written; if that takes too long,
/// `alive` for now). Idempotent; costs a system call if the place is not free.
recovery recover_place(ring const& r, std::uint32_t index, budget& b) noexcept;

/// Does so for all places of publishers: what the dead had claimed is resolved, and their ends are written, as far as
/// one budget goes; the next call goes on. False: the words that this needs contradict each other.
bool recover_publishers(ring const& r) noexcept;

/// The same for the places before `used` alone, with what is left of a budget.
bool recover_publishers(ring const& r, std::uint32_t used, budget& b) noexcept;

/// Takes the place of a living reliable subscriber away from it, which it learns at its next look: from here on nobody
/// waits for it. The place stays its own until it leaves, or is dead. False: it is not there (any more). It is woken.
bool evict(ring const& r, std::uint32_t index, std::uint32_t generation) noexcept;

}  // namespace quoit::ring
