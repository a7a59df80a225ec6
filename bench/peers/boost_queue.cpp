// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <vector>

#include <boost/interprocess/ipc/message_queue.hpp>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/relax.hpp"

namespace bench {

namespace {

using queue = boost::interprocess::message_queue;

class queue_sender final : public sender {
 public:
  explicit queue_sender(way const& w)
      : queue_(boost::interprocess::open_only, w.name.c_str()), message_(w.size), polls_(w.how == pace::polled) {}
  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      write_payload(message_.data(), message_.size(), number_++);
      if (!polls_) {
        queue_.send(message_.data(), message_.size(), 0);
        continue;
      }
      while (!queue_.try_send(message_.data(), message_.size(), 0)) relax();
    }
  }

 private:
  queue queue_;
  std::vector<std::byte> message_;
  bool polls_;
  std::uint64_t number_ = 0;
};

class queue_receiver final : public receiver {
 public:
  explicit queue_receiver(way const& w)
      : queue_(boost::interprocess::open_only, w.name.c_str()), message_(w.size), polls_(w.how == pace::polled) {}
  void receive(std::uint64_t until) override {
    while (number_ < until) {
      queue::size_type size = 0;
      unsigned priority = 0;
      if (!polls_) queue_.receive(message_.data(), message_.size(), size, priority);
      while (polls_ && !queue_.try_receive(message_.data(), message_.size(), size, priority)) relax();
      require(size == message_.size(), "a message was cut");
      require_payload(message_.data(), size, number_++);
    }
  }

 private:
  queue queue_;
  std::vector<std::byte> message_;
  bool polls_;
  std::uint64_t number_ = 0;
};

class boost_queue final : public transport {
 public:
  explicit boost_queue(way const& w) : way_(w) {
    queue(boost::interprocess::create_only, w.name.c_str(), std::max<std::size_t>(w.in_flight / w.size, 2), w.size);
  }
  ~boost_queue() override { queue::remove(way_.name.c_str()); }
  std::unique_ptr<sender> open_sender() override { return std::make_unique<queue_sender>(way_); }
  std::unique_ptr<receiver> open_receiver() override { return std::make_unique<queue_receiver>(way_); }

 private:
  way way_;
};

}  // namespace

std::unique_ptr<transport> make_boost_queue(way const& w) { return std::make_unique<boost_queue>(w); }

}  // namespace bench
