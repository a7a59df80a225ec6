// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <atomic>
#include <bit>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/relax.hpp"
#include "peers/shared_block.hpp"

namespace bench {

namespace {

constexpr std::size_t slot_bytes = 64;
constexpr std::size_t header_bytes = 4096;

struct alignas(128) cursor {
  std::atomic<std::uint64_t> value;
};
struct cursors {
  cursor head, tail;
};

struct shape {
  std::byte* slots;
  cursors* shared;
  std::uint64_t mask;
  std::size_t size;
  std::byte* slot(std::uint64_t number) const noexcept { return slots + (number & mask) * slot_bytes; }
};

class ideal_sender final : public sender {
 public:
  explicit ideal_sender(shape s) noexcept : s_(s) {}
  void send(std::uint64_t count) override {
    for (auto const end = head_ + count; head_ < end; ++head_) {
      while (head_ - tail_ > s_.mask) {
        if (tail_ = s_.shared->tail.value.load(std::memory_order_acquire); head_ - tail_ > s_.mask) relax();
      }
      write_payload(s_.slot(head_), s_.size, head_);
      s_.shared->head.value.store(head_ + 1, std::memory_order_release);
    }
  }

 private:
  shape s_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

class ideal_receiver final : public receiver {
 public:
  explicit ideal_receiver(shape s) noexcept : s_(s) {}
  void receive(std::uint64_t until) override {
    for (; tail_ < until; ++tail_) {
      while (head_ == tail_) {
        if (head_ = s_.shared->head.value.load(std::memory_order_acquire); head_ == tail_) relax();
      }
      require_payload(s_.slot(tail_), s_.size, tail_);
      s_.shared->tail.value.store(tail_ + 1, std::memory_order_release);
    }
  }

 private:
  shape s_;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

class ideal_ring final : public transport {
 public:
  explicit ideal_ring(way const& w)
      : slots_(std::bit_floor(std::max<std::size_t>(w.in_flight / slot_bytes, 2))),
        size_(w.size),
        block_(header_bytes + slots_ * slot_bytes) {
    require(size_ <= slot_bytes, "the ideal ring's slots are of 64 bytes");
  }
  std::unique_ptr<sender> open_sender() override { return std::make_unique<ideal_sender>(view()); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<ideal_receiver>(view()); }

 private:
  shape view() const noexcept {
    return {&block_.as<std::byte>(header_bytes), &block_.as<cursors>(), slots_ - 1, size_};
  }

  std::size_t slots_;
  std::size_t size_;
  shared_block block_;
};

}  // namespace

std::unique_ptr<transport> make_ideal_ring(way const& w) { return std::make_unique<ideal_ring>(w); }

}  // namespace bench
