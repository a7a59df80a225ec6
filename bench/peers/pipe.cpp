// SPDX-License-Identifier: BSL-1.0
#include <bit>

#include <sys/mman.h>
#include <sys/uio.h>

#include "peers/byte_ends.hpp"
#include "peers/peers.hpp"
#include "peers/shared_block.hpp"

namespace bench {

namespace {

constexpr std::size_t longest_pipe = 1U << 20U;  // without privilege
constexpr std::size_t page = 4096;

/// Gives pages to the pipe instead of copying them. They are written again only after the pipe has taken as much as it
/// can hold since, so that the reader has them.
class splicing_sender final : public sender {
 public:
  splicing_sender(int fd, way const& w, std::size_t pipe)
      : fd_(fd), size_(w.size), slots_((2 * pipe + size_ - 1) / size_ + 2), pages_(slots_ * size_) {
    require(size_ % page == 0, "vmsplice is for whole pages");
    set_polled(fd, w.how);
  }

  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      auto* const at = &pages_.as<std::byte>(number_ % slots_ * size_);
      write_payload(at, size_, number_++);
      for (std::size_t done = 0; done < size_;) {
        iovec const v{at + done, size_ - done};
        done += moved([&] { return ::vmsplice(fd_, &v, 1, 0); });
      }
    }
  }

 private:
  int fd_;
  std::size_t size_;
  std::size_t slots_;
  shared_block pages_;
  std::uint64_t number_ = 0;
};

class pipe_way final : public transport {
 public:
  pipe_way(way const& w, bool splices) : way_(w), splices_(splices) {
    int ends[2];
    require(::pipe2(ends, O_CLOEXEC) == 0, "pipe2");
    ends_.in = ends[0];
    ends_.out = ends[1];
    auto const wanted = std::clamp(std::bit_ceil(w.in_flight), std::size_t{65536}, longest_pipe);
    bytes_ = static_cast<std::size_t>(std::max(::fcntl(ends_.out, F_SETPIPE_SZ, static_cast<int>(wanted)), 65536));
  }
  std::unique_ptr<sender> open_sender() override {
    if (splices_) return std::make_unique<splicing_sender>(ends_.out, way_, bytes_);
    return std::make_unique<byte_sender>(ends_.out, way_);
  }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<byte_receiver>(ends_.in, way_); }

 private:
  way way_;
  bool splices_;
  descriptor_pair ends_;
  std::size_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<transport> make_pipe(way const& w) { return std::make_unique<pipe_way>(w, false); }
std::unique_ptr<transport> make_vmsplice(way const& w) { return std::make_unique<pipe_way>(w, true); }

}  // namespace bench
