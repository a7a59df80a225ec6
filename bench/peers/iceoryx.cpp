// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <mutex>

#include <unistd.h>

#include <iceoryx_posh/popo/untyped_publisher.hpp>
#include <iceoryx_posh/popo/untyped_subscriber.hpp>
#include <iceoryx_posh/popo/wait_set.hpp>
#include <iceoryx_posh/runtime/posh_runtime.hpp>

#include "core/payload.hpp"
#include "peers/peers.hpp"
#include "peers/relax.hpp"

namespace bench {

namespace {

constexpr std::size_t longest_queue = 256;  // as it is packaged

/// Needs RouDi, which is asked for a runtime once in each process.
void require_runtime() {
  static std::once_flag once;
  std::call_once(once, [] {
    iox::log::LogManager::GetLogManager().SetDefaultLogLevel(iox::log::LogLevel::kOff,
                                                             iox::log::LogLevelOutput::kHideLogLevel);
    auto const name = "quoit-bench-" + std::to_string(::getpid());
    iox::runtime::PoshRuntime::initRuntime({iox::cxx::TruncateToCapacity, name.c_str()});
  });
}

iox::capro::ServiceDescription service_of(way const& w) {
  return {"quoit-bench", "way", iox::capro::IdString_t(iox::cxx::TruncateToCapacity, w.name.c_str())};
}

class iceoryx_sender final : public sender {
 public:
  explicit iceoryx_sender(way const& w)
      : size_(static_cast<std::uint32_t>(w.size)), publisher_(service_of(w), options()) {
    while (!publisher_.hasSubscribers()) ::usleep(1000);
  }
  void send(std::uint64_t count) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      publisher_.loan(size_)
          .and_then([this](void* at) {
            write_payload(static_cast<std::byte*>(at), size_, number_++);
            publisher_.publish(at);
          })
          .or_else([](auto&) { throw std::runtime_error("iceoryx has no chunk"); });
    }
  }

 private:
  static iox::popo::PublisherOptions options() {
    iox::popo::PublisherOptions o;
    o.subscriberTooSlowPolicy = iox::popo::ConsumerTooSlowPolicy::WAIT_FOR_CONSUMER;
    return o;
  }
  std::uint32_t size_;
  iox::popo::UntypedPublisher publisher_;
  std::uint64_t number_ = 0;
};

class iceoryx_receiver final : public receiver {
 public:
  explicit iceoryx_receiver(way const& w)
      : size_(w.size), sleeps_(w.how == pace::asleep), subscriber_(service_of(w), options(w)) {
    if (sleeps_) {
      set_.attachState(subscriber_, iox::popo::SubscriberState::HAS_DATA).or_else([](auto) {
        throw std::runtime_error("iceoryx cannot attach");
      });
    }
    while (subscriber_.getSubscriptionState() != iox::SubscribeState::SUBSCRIBED) ::usleep(1000);
  }
  void receive(std::uint64_t until) override {
    while (number_ < until) {
      bool taken = false;
      subscriber_.take().and_then([&](void const* at) {
        taken = true;
        require_payload(static_cast<std::byte const*>(at), size_, number_++);
        subscriber_.release(at);
      });
      if (taken) continue;
      sleeps_ ? void(set_.wait()) : relax();
    }
  }

 private:
  static iox::popo::SubscriberOptions options(way const& w) {
    iox::popo::SubscriberOptions o;
    o.queueCapacity = std::clamp<std::size_t>(w.in_flight / w.size, 1, longest_queue);
    o.queueFullPolicy = iox::popo::QueueFullPolicy::BLOCK_PRODUCER;
    return o;
  }
  std::size_t size_;
  bool sleeps_;
  iox::popo::UntypedSubscriber subscriber_;
  iox::popo::WaitSet<1> set_;
  std::uint64_t number_ = 0;
};

class iceoryx final : public transport {
 public:
  explicit iceoryx(way const& w) : way_(w) {}
  std::unique_ptr<sender> open_sender() override {
    require_runtime();
    return std::make_unique<iceoryx_sender>(way_);
  }
  std::unique_ptr<receiver> open_receiver() override {
    require_runtime();
    return std::make_unique<iceoryx_receiver>(way_);
  }

 private:
  way way_;
};

}  // namespace

std::unique_ptr<transport> make_iceoryx(way const& w) { return std::make_unique<iceoryx>(w); }

}  // namespace bench
