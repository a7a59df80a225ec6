// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <atomic>
#include <bit>

#include <sys/mman.h>
#include <unistd.h>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/relax.hpp"
#include "peers/shared_block.hpp"

namespace bench {

namespace {

struct alignas(128) cursor {
  std::atomic<std::uint64_t> value;
};
struct cursors {
  cursor head, tail;
};

struct shape {
  std::byte* data;
  cursors* shared;
  std::uint64_t capacity;
  std::size_t size;
  std::byte* at(std::uint64_t position) const noexcept { return data + (position & (capacity - 1)); }
};

class bare_sender final : public sender {
 public:
  explicit bare_sender(shape s) noexcept : s_(s) {}
  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i, head_ += s_.size) {
      while (head_ + s_.size - tail_ > s_.capacity) {
        tail_ = s_.shared->tail.value.load(std::memory_order_acquire);
        if (head_ + s_.size - tail_ > s_.capacity) relax();
      }
      write_payload(s_.at(head_), s_.size, number_++);
      s_.shared->head.value.store(head_ + s_.size, std::memory_order_release);
    }
  }

 private:
  shape s_;
  std::uint64_t number_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

class bare_receiver final : public receiver {
 public:
  explicit bare_receiver(shape s) noexcept : s_(s) {}
  void receive(std::uint64_t until) override {
    for (; number_ < until; ++number_, tail_ += s_.size) {
      while (head_ == tail_) {
        if (head_ = s_.shared->head.value.load(std::memory_order_acquire); head_ == tail_) relax();
      }
      require_payload(s_.at(tail_), s_.size, number_);
      s_.shared->tail.value.store(tail_ + s_.size, std::memory_order_release);
    }
  }

 private:
  shape s_;
  std::uint64_t number_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

class bare_ring final : public transport {
 public:
  explicit bare_ring(way const& w)
      : capacity_(std::bit_ceil(std::max({w.in_flight, w.size, std::size_t{4096}}))), size_(w.size) {
    int const fd = ::memfd_create("bare ring", 0);
    bool good = fd >= 0 && ::ftruncate(fd, static_cast<off_t>(capacity_)) == 0;
    void* const at = ::mmap(nullptr, 2 * capacity_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    good = good && at != MAP_FAILED;
    for (int half = 0; good && half < 2; ++half) {
      auto* const where = static_cast<std::byte*>(at) + static_cast<std::size_t>(half) * capacity_;
      good = ::mmap(where, capacity_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED | MAP_POPULATE, fd, 0) == where;
    }
    if (fd >= 0) ::close(fd);
    require(good, "cannot map the bare ring");
    data_ = static_cast<std::byte*>(at);
  }
  ~bare_ring() override { ::munmap(data_, 2 * capacity_); }

  std::unique_ptr<sender> open_sender() override { return std::make_unique<bare_sender>(view()); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<bare_receiver>(view()); }

 private:
  shape view() const noexcept { return {data_, &block_.as<cursors>(), capacity_, size_}; }

  shared_block block_{4096};
  std::size_t capacity_;
  std::size_t size_;
  std::byte* data_ = nullptr;
};

}  // namespace

std::unique_ptr<transport> make_bare_ring(way const& w) { return std::make_unique<bare_ring>(w); }

}  // namespace bench
