// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/quoit_pace.hpp"
#include "quoit/quoit.hpp"

namespace bench {

namespace {

class stream_sender final : public sender {
 public:
  stream_sender(quoit::channel const& ch, way const& w)
      : writer_(ch.stream_writer()), size_(w.size), how_(quoit_pace(w.how)) {}

  void send(std::uint64_t count) override {
    for (auto const end = number_ + count; number_ < end; ++number_) {
      auto const room = writer_.prepare(size_, quoit::forever, how_);
      require(bool(room), "no room in the ring");
      write_payload(room.bytes.data(), size_, number_);
      writer_.commit(size_);
    }
  }

  quoit::stream_writer& role() noexcept { return writer_; }

 private:
  quoit::stream_writer writer_;
  std::size_t size_;
  quoit::waiting how_;
  std::uint64_t number_ = 0;
};

class stream_receiver final : public receiver {
 public:
  stream_receiver(quoit::channel const& ch, way const& w)
      : reader_(ch.stream_reader({.start = quoit::oldest})), size_(w.size), how_(quoit_pace(w.how)) {}

  void receive(std::uint64_t until) override {
    while (number_ < until) {
      auto const view = reader_.data(size_, quoit::forever, how_);
      require(bool(view), "no bytes");
      auto const* at = view.bytes.data();
      for (auto left = view.bytes.size(); left >= size_; left -= size_, at += size_) {
        require_payload(at, size_, number_++);
        reader_.consume(size_);
      }
    }
  }

 private:
  quoit::stream_reader reader_;
  std::size_t size_;
  quoit::waiting how_;
  std::uint64_t number_ = 0;
};

class quoit_stream final : public transport {
 public:
  quoit_stream(way const& w, quoit::barrier b) : way_(w), barrier_(b) {}

  std::unique_ptr<sender> open_sender() override {
    auto const ch = quoit::channel::create(way_.name, {.capacity = std::max(way_.in_flight, way_.size),
                                                       .kind = quoit::stream,
                                                       .barrier = barrier_,
                                                       .mapping = {.prefault = true}});
    auto s = std::make_unique<stream_sender>(ch, way_);
    require(s->role().wait_for_readers(1) == quoit::status::ok, "no readers");
    return s;
  }
  std::unique_ptr<receiver> open_receiver() override {
    auto const ch = quoit::channel::open(way_.name, quoit::wait_for{}, {.mapping = {.prefault = true}});
    return std::make_unique<stream_receiver>(ch, way_);
  }

 private:
  way way_;
  quoit::barrier barrier_;
};

}  // namespace

std::unique_ptr<transport> make_quoit_stream(way const& w, quoit::barrier b) {
  return std::make_unique<quoit_stream>(w, b);
}

}  // namespace bench
