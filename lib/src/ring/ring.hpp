// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "segment/digest.hpp"
#include "segment/geometry.hpp"
#include "segment/layout.hpp"
#include "segment/words.hpp"
#include "system/descriptor.hpp"
#include "wait/futex_word.hpp"

/// \file
/// The shared words of one channel as this process sees them. All that is asked of the geometry is private memory;
/// every index is masked, so that no value found in shared memory can lead outside the mapping.

namespace quoit::ring {

using segment::hot;
using segment::slot;

/// Counts one up in one's own place, where nobody else writes.
inline void count(std::atomic<std::uint64_t>& own) noexcept {
  own.store(own.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

/// No sequence number comes near this; one that is above it was written by no working peer.
inline constexpr std::uint64_t last_sequence = std::uint64_t{1} << 62U;

/// What not every channel has.
struct ring_extras {
  std::byte* data = nullptr;                  ///< The ring, mapped twice, to be read; needed with many publishers only.
  std::atomic<bool> const* lost = nullptr;    ///< Set when the file of the memory was truncated.
  wait::wakers wakers = wait::wakers::fence;  ///< The rule of the channel.
  bool fences = true;                         ///< Whether this process does so, be it the rule or not.
};

class ring {
 public:
  /// `control`: the writable part of the header, which must outlive the ring. `lock_fd` and `lock_file`: the header
  /// object (or what stands for it), for probes and locks; this descriptor itself must never hold one. What is in
  /// `more` must outlive the ring, too.
  ring(segment::geometry const& g, std::uint64_t key, std::byte* control, int lock_fd, sys::file_id lock_file,
       ring_extras more = {}) noexcept
      : geometry_(g),
        key_(key),
        control_(control),
        lock_fd_(lock_fd),
        lock_file_(lock_file),
        data_(more.data),
        lost_(more.lost),
        wakers_(more.wakers),
        fences_(more.fences),
        records_log2_(g.records == 0 ? 0 : static_cast<unsigned>(std::countr_zero(g.records))) {}

  segment::geometry const& geometry() const noexcept { return geometry_; }
  std::uint64_t key() const noexcept { return key_; }
  int lock_fd() const noexcept { return lock_fd_; }
  sys::file_id lock_file() const noexcept { return lock_file_; }
  bool is_lost() const noexcept { return lost_ != nullptr && lost_->load(std::memory_order_relaxed); }

  /// What those do who wake sleepers of this channel, and whether this process must.
  wait::wakers wakers() const noexcept { return wakers_; }
  bool fences() const noexcept { return fences_; }

  hot& words() const noexcept { return *reinterpret_cast<hot*>(control_); }

  /// `index` must be less than geometry().slots.
  slot& place(std::uint32_t index) const noexcept {
    return *reinterpret_cast<slot*>(control_ + geometry_.slots_at + index * sizeof(slot));
  }

  /// The descriptor that record `sequence` has in its lap.
  segment::descriptor& record(std::uint64_t sequence) const noexcept {
    auto const index = sequence & (geometry_.records - 1);
    return *reinterpret_cast<segment::descriptor*>(control_ + geometry_.descriptors_at + index * geometry_.stride);
  }

  bool keeps_times() const noexcept { return geometry_.stride == sizeof(segment::timed_descriptor); }
  std::atomic<std::int64_t>& time_of(std::uint64_t sequence) const noexcept {
    return reinterpret_cast<segment::timed_descriptor&>(record(sequence)).time;
  }

  std::uint64_t lap(std::uint64_t sequence) const noexcept { return sequence >> records_log2_ & segment::lap_mask; }

  /// How far the descriptor's lap is ahead of the one that `sequence` belongs to; negative: behind. Modulo 2^40.
  std::int64_t laps_ahead(segment::record_word w, std::uint64_t sequence) const noexcept {
    return static_cast<std::int64_t>((w.lap - lap(sequence)) << 24U) >> 24U;
  }

  /// Whether record `sequence` is resolved, so that its end is valid. SYNC: commit -> resolved.
  bool resolved(std::uint64_t sequence) const noexcept {
    auto const w = segment::unpack_record(record(sequence).a.load(std::memory_order_acquire));
    return w.lap == lap(sequence) &&
           (w.state == segment::record_state::committed || w.state == segment::record_state::aborted);
  }

  /// Its word, if it belongs to this lap; else one with the state `never`. SYNC: claim -> claimed, commit -> resolved.
  segment::record_word claimed(std::uint64_t sequence) const noexcept {
    auto const w = segment::unpack_record(record(sequence).a.load(std::memory_order_acquire));
    return w.lap == lap(sequence) ? w : segment::record_word{w.lap, 0, 0, segment::record_state::never};
  }

  /// The position at which record `sequence` ends. Meaningful if it is resolved; relaxed, since whoever knows that
  /// has acquired it.
  std::uint64_t end_of(std::uint64_t sequence) const noexcept {
    return record(sequence).b.load(std::memory_order_relaxed);
  }

  /// What the last word of a record's prefix holds once the record is there; without `stamp_last`, if another record of
  /// the same batch, with the same sequence number, follows it.
  std::uint64_t stamp(std::uint64_t sequence, std::uint64_t position) const noexcept {
    return segment::scatter(key_ ^ sequence * 0x9E3779B97F4A7C15U ^ std::rotl(position, 32)) | 1U | segment::stamp_last;
  }

  /// With many publishers: the ring to look at.
  std::byte* data() const noexcept { return data_; }

 private:
  segment::geometry geometry_;
  std::uint64_t key_;
  std::byte* control_;
  int lock_fd_;
  sys::file_id lock_file_;
  std::byte* data_;
  std::atomic<bool> const* lost_;
  wait::wakers wakers_;
  bool fences_;
  unsigned records_log2_;
};

}  // namespace quoit::ring
