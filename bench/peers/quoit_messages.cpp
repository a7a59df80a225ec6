// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include <sys/epoll.h>
#include <unistd.h>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/quoit_pace.hpp"
#include "quoit/quoit.hpp"

namespace bench {

namespace {

class quoit_sender final : public sender {
 public:
  quoit_sender(quoit::channel const& ch, way const& w, quoit_rules const& rules)
      : publisher_(ch.publisher()), size_(w.size), batch_(rules.batch), how_(quoit_pace(w.how)) {}

  void send(std::uint64_t count) override {
    for (auto const end = number_ + count; number_ < end;) {
      auto const left = std::min<std::uint64_t>(batch_, end - number_);
      left == 1 ? send_one() : send_batch(left);
    }
  }

  quoit::publisher& role() noexcept { return publisher_; }

 private:
  void send_one() {
    auto room = publisher_.reserve(size_, quoit::forever, how_);
    require(bool(room), "no room in the ring");
    write_payload(room.bytes().data(), size_, number_++);
    room.commit();
  }
  void send_batch(std::uint64_t count) {
    auto run = publisher_.reserve_batch(count, count * size_, quoit::forever, how_);
    require(bool(run), "no room in the ring");
    for (std::uint64_t i = 0; i < count; ++i) write_payload(run.append(size_).bytes.data(), size_, number_++);
    run.commit();
  }

  quoit::publisher publisher_;
  std::size_t size_;
  std::size_t batch_;
  quoit::waiting how_;
  std::uint64_t number_ = 0;
};

class quoit_receiver final : public receiver {
 public:
  quoit_receiver(quoit::channel const& ch, way const& w, quoit_rules const& rules)
      : subscriber_(ch.subscriber({.start = quoit::oldest})), size_(w.size), rules_(rules), how_(quoit_pace(w.how)) {
    if (!rules.by_event_fd) return;
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event e{.events = EPOLLIN, .data = {}};
    require(::epoll_ctl(epoll_, EPOLL_CTL_ADD, subscriber_.event_fd(), &e) == 0, "epoll_ctl");
  }
  ~quoit_receiver() override {
    if (epoll_ >= 0) ::close(epoll_);
  }

  void receive(std::uint64_t until) override {
    while (number_ < until) {
      if (rules_.by_poll) {
        auto const polled = subscriber_.poll([this](quoit::message const& m) { check(m); });
        if (polled.count == 0) check(subscriber_.receive(quoit::forever, how_));
      } else if (rules_.by_event_fd) {
        by_event_fd();
      } else {
        check(subscriber_.receive(quoit::forever, how_));
      }
    }
  }

 private:
  void check(quoit::message const& m) {
    require(m && m.bytes().size() == size_, "not the message that was expected");
    require_payload(m.bytes().data(), size_, number_++);
  }
  void by_event_fd() {
    if (auto const m = subscriber_.try_receive()) return check(m);
    subscriber_.arm();
    epoll_event e{};
    ::epoll_wait(epoll_, &e, 1, -1);
  }

  quoit::subscriber subscriber_;
  std::size_t size_;
  quoit_rules rules_;
  quoit::waiting how_;
  std::uint64_t number_ = 0;
  int epoll_ = -1;
};

class quoit_messages final : public transport {
 public:
  quoit_messages(way const& w, quoit_rules const& rules) : way_(w), rules_(rules) {}

  std::unique_ptr<sender> open_sender() override {
    auto const capacity = std::max<std::size_t>(way_.in_flight, way_.size + 16);
    auto const ch = quoit::channel::create(way_.name, {.capacity = capacity,
                                                       .publishers = rules_.publishers,
                                                       .barrier = rules_.barrier,
                                                       .mapping = {.prefault = true}});
    auto s = std::make_unique<quoit_sender>(ch, way_, rules_);
    require(s->role().wait_for_subscribers(way_.receivers) == quoit::status::ok, "no subscribers");
    return s;
  }
  std::unique_ptr<receiver> open_receiver() override {
    auto const ch = quoit::channel::open(way_.name, quoit::wait_for{}, {.mapping = {.prefault = true}});
    return std::make_unique<quoit_receiver>(ch, way_, rules_);
  }

 private:
  way way_;
  quoit_rules rules_;
};

}  // namespace

std::unique_ptr<transport> make_quoit(way const& w, quoit_rules const& rules) {
  return std::make_unique<quoit_messages>(w, rules);
}

}  // namespace bench
