// SPDX-License-Identifier: BSL-1.0
#include "quoit/channel.hpp"

#include "channel/attachment.hpp"
#include "channel/publisher_core.hpp"
#include "channel/stream_reader_core.hpp"
#include "channel/stream_writer_core.hpp"
#include "channel/subscriber_core.hpp"
#include "channel/within.hpp"
#include "registry/name.hpp"
#include "registry/names_watch.hpp"
#include "system/deadline.hpp"
#include "system/fail.hpp"

namespace quoit {

using detail::attachment;
using detail::nobody;
using detail::within;

namespace {

constexpr int most_rounds = 1000;  // each is lost to a process that creates or leaves the channel at that moment

/// Of two who take up the same file at once, one is told that it is taken up, and finds it held then.
std::shared_ptr<attachment> find(std::string_view name, channel_options const& expected) {
  for (int round = 0; round < most_rounds; ++round) {
    try {
      return attachment::find(name, expected);
    } catch (error const& e) {
      if (e.code() != make_error_code(errc::exists)) throw;
    }
  }
  fail(errc::busy, {.found = "a channel that comes and goes again and again"});
}

}  // namespace

channel channel::create(std::string_view name, channel_options const& options) {
  return within("create channel", name, [&] {
    registry::check_name(name);
    return channel(attachment::create(name, options, registry::if_held::refuse));
  });
}

channel channel::create(std::string_view name, replace_t, channel_options const& options) {
  return within("replace channel", name, [&] {
    registry::check_name(name);
    return channel(attachment::create(name, options, registry::if_held::replace));
  });
}

channel channel::create_anonymous(channel_options const& options) {
  return within("create an anonymous channel", {},
                [&] { return channel(attachment::create({}, options, registry::if_held::refuse)); });
}

channel channel::open(std::string_view name, channel_options const& expected) {
  return within("open channel", name, [&] {
    registry::check_name(name);
    auto a = find(name, expected);
    if (a == nullptr) nobody(name);
    return channel(std::move(a));
  });
}

channel channel::open(std::string_view name, wait_for wait, channel_options const& expected) {
  return within("open channel", name, [&] {
    registry::check_name(name);
    sys::deadline const limit(wait.timeout);
    registry::names_watch watch;  // before the first look, so that nothing is missed between look and wait
    for (;;) {
      if (auto a = find(name, expected)) return channel(std::move(a));
      if (limit.is_over()) {
        fail(errc::timeout, {.path = watch.path(),
                             .expected = "somebody who creates it in time",
                             .advice = "see that both use the same QUOIT_RUNTIME_DIR"});
      }
      watch.wait(limit);
    }
  });
}

channel channel::from_handles(handles const& h, channel_options const& expected) {
  return within("open a channel by its descriptors", {}, [&] { return channel(attachment::from(h, expected)); });
}

channel channel::open_or_create(std::string_view name, channel_options const& options) {
  return within("open or create channel", name, [&] {
    registry::check_name(name);
    for (int round = 0; round < most_rounds; ++round) {
      try {
        if (auto a = attachment::find(name, options)) return channel(std::move(a));
        return channel(attachment::create(name, options, registry::if_held::refuse));
      } catch (error const& e) {
        if (e.code() != make_error_code(errc::exists)) throw;
      }
    }
    fail(errc::busy, {.found = "a channel that comes and goes again and again"});
  });
}

std::vector<listing> channel::list(std::optional<std::uint32_t> owner) {
  return within("list channels", {}, [&] { return registry::list(owner); });
}

namespace {

void remove_name(std::string_view name, registry::if_held what) {
  within("remove channel", name, [&] {
    registry::check_name(name);
    if (!attachment::remove(name, what)) {
      fail(errc::no_such_channel, {.path = registry::directory::open().path_of(registry::file_of(name)),
                                   .found = "no file of that name",
                                   .advice = "nothing, or see that QUOIT_RUNTIME_DIR is the creator's"});
    }
  });
}

}  // namespace

void channel::remove(std::string_view name) { remove_name(name, registry::if_held::replace); }

void channel::remove(std::string_view name, if_unused_t) { remove_name(name, registry::if_held::refuse); }

namespace {

attachment& require(std::shared_ptr<attachment> const& a, char const* doing) {
  if (a == nullptr) fail(errc::detached, {.doing = doing, .advice = "open or create a channel first"});
  a->require_own();
  return *a;
}

attachment& require(std::shared_ptr<attachment> const& a, char const* doing, kind needed) {
  auto& there = require(a, doing);
  if (there.is_stream() == (needed == kind::stream)) return there;
  bool const stream = there.is_stream();
  fail(errc::mismatch,
       {.doing = doing,
        .name = there.name(),
        .expected = stream ? "a channel of messages" : "a stream",
        .found = stream ? "a stream" : "a channel of messages",
        .advice = stream ? "use stream_writer() and stream_reader()" : "use publisher() and subscriber()"});
}

}  // namespace

publisher channel::publisher(publisher_options const& options) const {
  constexpr auto* doing = "become the publisher of the channel";
  auto const& a = require(attachment_, doing, kind::messages);
  return within(doing, a.name(), [&] { return quoit::publisher(new detail::publisher_core(attachment_, options)); });
}

subscriber channel::subscriber(subscriber_options const& options) const {
  constexpr auto* doing = "subscribe to the channel";
  auto const& a = require(attachment_, doing, kind::messages);
  return within(doing, a.name(), [&] { return quoit::subscriber(new detail::subscriber_core(attachment_, options)); });
}

stream_writer channel::stream_writer(publisher_options const& options) const {
  constexpr auto* doing = "become the writer of the stream";
  auto const& a = require(attachment_, doing, kind::stream);
  return within(doing, a.name(),
                [&] { return quoit::stream_writer(new detail::stream_writer_core(attachment_, options)); });
}

stream_reader channel::stream_reader(subscriber_options const& options) const {
  constexpr auto* doing = "become a reader of the stream";
  auto const& a = require(attachment_, doing, kind::stream);
  return within(doing, a.name(),
                [&] { return quoit::stream_reader(new detail::stream_reader_core(attachment_, options)); });
}

handles channel::native_handles() const { return require(attachment_, "hand over the channel").native_handles(); }

void channel::sync() const {
  constexpr auto* doing = "write the channel to its disk";
  auto const& a = require(attachment_, doing);
  within(doing, a.name(), [&] { a.sync(); });
}

channel_info channel::info() const { return require(attachment_, "describe the channel").info(); }

std::vector<participant_info> channel::participants() const {
  return require(attachment_, "list the channel's participants").participants(false);
}

bool channel::retired() const { return require(attachment_, "look at the channel").retired(); }

}  // namespace quoit
