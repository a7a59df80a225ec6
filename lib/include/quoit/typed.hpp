// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "quoit/channel.hpp"
#include "quoit/export.hpp"
#include "quoit/options.hpp"
#include "quoit/plain.hpp"
#include "quoit/publisher.hpp"
#include "quoit/subscriber.hpp"

/// \file
/// Channels of C++ values: every message is one T, or one T followed by any number of elements of another type.
///
/// ```cpp
/// struct pose { double x, y, heading; };
///
/// auto ch = quoit::channel::open_or_create("robot/pose", quoit::for_type<pose>());
/// quoit::typed_publisher<pose> pub(ch);
/// pub.publish({1.0, 2.0, 0.5});
///
/// quoit::typed_subscriber<pose> sub(ch);
/// while (auto m = sub.receive()) use(m->x, m->y);   // a view in the ring itself; until the publisher goes
///
/// struct scan { std::int64_t time; float resolution; };
/// quoit::typed_publisher<scan, float> scans(ch2);    // a header and its variable tail
/// if (auto room = scans.reserve(1080)) {
///   room->time = now;
///   lidar.read_into(room.tail());
///   room.commit();
/// }
/// ```
///
/// **What is compared.** Name, version, size and alignment of T and the size of the tail's elements stand in the
/// channel. Who opens it for another type is refused, with both types named. The name is by default the one that the
/// compiler knows (the same for GCC and Clang); `type_traits` overrides it, and gives the version, which is to be
/// raised when the meaning changes and the size does not.
/// **What may be sent.** `plain` types: no addresses in them (quoit/plain.hpp). Padding is sent as it is.
/// **Everything else**, threads, lifetimes, ends, is as for `publisher` and `subscriber`, which are inside.

namespace quoit {

/// The type's name as the compiler knows it, for people: "robot::pose".
QUOIT_API std::string name_of(std::type_info const& type);

/// What is said of T in a channel. Specialise it (deriving from `default_type_traits<T>` for what stays as it is).
template <class T>
struct default_type_traits {
  /// At most 100 printable bytes, the elements' name included.
  static std::string name() { return name_of(typeid(T)); }
  static constexpr std::uint32_t version = 0;
};
template <class T>
struct type_traits : default_type_traits<T> {};

namespace detail {

template <class T>
constexpr void check_plain() {
  static_assert(std::is_object_v<T> && std::is_trivially_copyable_v<T>,
                "quoit: this type is not trivially copyable, so its bytes alone are not its value");
  static_assert(nature_of<T>() != nature::address,
                "quoit: this type holds an address, which means nothing in another process");
  static_assert(nature_of<T>() != nature::unknown,
                "quoit: this type cannot be looked into; if it holds no address, specialise quoit::vouched for it");
}

/// Where things lie in a payload. Tail is void if there is none.
template <class T, class Tail>
struct payload_shape {
  static constexpr std::size_t alignment = std::max(alignof(T), alignof(Tail));
  static constexpr std::size_t tail_at = (sizeof(T) + alignof(Tail) - 1) / alignof(Tail) * alignof(Tail);
  static constexpr bool fits(std::size_t size) noexcept {
    return size >= tail_at && (size - tail_at) % sizeof(Tail) == 0;
  }
};
template <class T>
struct payload_shape<T, void> {
  static constexpr std::size_t alignment = alignof(T);
  static constexpr std::size_t tail_at = sizeof(T);
  static constexpr bool fits(std::size_t size) noexcept { return size == sizeof(T); }
};

/// The value and its tail in a payload that was found to fit.
template <class T, class Tail, class Bytes>
class payload_view {
  template <class U>
  using same_const = std::conditional_t<std::is_const_v<Bytes>, U const, U>;
  using shape = payload_shape<T, Tail>;

 public:
  explicit payload_view(std::span<Bytes> bytes) noexcept : bytes_(bytes) {}

  same_const<T>& value() const noexcept { return *std::launder(reinterpret_cast<same_const<T>*>(bytes_.data())); }

  auto tail() const noexcept requires(!std::is_void_v<Tail>) {
    using element = same_const<Tail>;
    return std::span<element>(std::launder(reinterpret_cast<element*>(bytes_.data() + shape::tail_at)),
                              (bytes_.size() - shape::tail_at) / sizeof(Tail));
  }

 private:
  std::span<Bytes> bytes_;
};

}  // namespace detail

/// What stands in a channel of this type.
template <class T, class Tail = void>
type_id type_of() {
  detail::check_plain<T>();
  type_id id{type_traits<T>::name(), type_traits<T>::version, sizeof(T),
             static_cast<std::uint32_t>(detail::payload_shape<T, Tail>::alignment), 0};
  if constexpr (!std::is_void_v<Tail>) {
    detail::check_plain<Tail>();
    id.name += " + " + type_traits<Tail>::name() + "[]";
    if (type_traits<Tail>::version != 0) id.name += " version " + std::to_string(type_traits<Tail>::version);
    id.tail = sizeof(Tail);
  }
  return id;
}

/// Options for a channel of this type: with its type_id, and with the alignment that it needs, if that is more than
/// every channel has.
template <class T, class Tail = void>
channel_options for_type(channel_options options = {}) {
  options.type = type_of<T, Tail>();
  if (options.type->alignment > options.alignment.value_or(16)) options.alignment = options.type->alignment;
  return options;
}

/// Room for one value (and its tail) in the ring itself, or the reason why there is none. As `reservation`.
template <class T, class Tail = void>
class typed_reservation {
 public:
  typed_reservation() noexcept = default;

  explicit operator bool() const noexcept { return static_cast<bool>(room_); }
  quoit::status status() const noexcept { return room_.status(); }

  /// Require status ok. The value is as its default constructor leaves it; the tail's elements are unspecified.
  T& operator*() const noexcept { return view().value(); }
  T* operator->() const noexcept { return &view().value(); }
  auto tail() const noexcept requires(!std::is_void_v<Tail>) { return view().tail(); }

  void tag(std::uint32_t value) noexcept { room_.tag(value); }

  /// Publishes the value, with the whole tail.
  commit_result commit() noexcept { return room_.commit(); }

  /// Publishes the value with the first `count` elements of its tail. More than were reserved is `too_big`.
  commit_result commit(std::size_t count) noexcept requires(!std::is_void_v<Tail>) {
    auto const most = room_ ? view().tail().size() : 0;
    if (room_ && count > most) return {quoit::status::too_big, 0};
    return room_.commit(shape::tail_at + count * sizeof(Tail));
  }

  void discard() noexcept { room_.discard(); }

 private:
  template <class, class>
  friend class typed_publisher;
  using shape = detail::payload_shape<T, Tail>;

  explicit typed_reservation(reservation room) noexcept : room_(std::move(room)) {
    if (room_) ::new (room_.bytes().data()) T;
  }
  auto view() const noexcept { return detail::payload_view<T, Tail, std::byte>(room_.bytes()); }

  reservation room_;
};

/// The one publisher of a channel of T. Move only; closed by its destructor.
template <class T, class Tail = void>
class typed_publisher {
  using shape = detail::payload_shape<T, Tail>;

 public:
  typed_publisher() noexcept = default;

  /// Becomes the publisher. `errc::mismatch` if the channel is of another type; else as `channel::publisher()`.
  explicit typed_publisher(channel const& c, publisher_options const& options = {}) {
    c.require_type(type_of<T, Tail>());
    role_ = c.publisher(options);
  }

  /// Room for one value. Waits and answers as `publisher::reserve`.
  typed_reservation<T, Tail> reserve(std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept
      requires(std::is_void_v<Tail>) {
    return typed_reservation<T, Tail>(role_.reserve(sizeof(T), timeout, how));
  }

  /// Room for one value and a tail of `count` elements.
  typed_reservation<T, Tail> reserve(std::size_t count, std::chrono::nanoseconds timeout = forever,
                                     waiting how = waiting::spin) noexcept requires(!std::is_void_v<Tail>) {
    if (count > (role_.max_payload() - std::min(role_.max_payload(), shape::tail_at)) / sizeof(Tail)) {
      // More than any ring holds: asked for as such, so that the product cannot overflow.
      return typed_reservation<T, Tail>(role_.reserve(~std::size_t{0}, timeout, how));
    }
    return typed_reservation<T, Tail>(role_.reserve(shape::tail_at + count * sizeof(Tail), timeout, how));
  }

  /// Copies the value into the ring and publishes it. Answers as `publisher::publish`.
  commit_result publish(T const& value, std::uint32_t tag = 0, std::chrono::nanoseconds timeout = forever,
                        waiting how = waiting::spin) noexcept requires(std::is_void_v<Tail>) {
    return role_.publish(std::as_bytes(std::span(&value, 1)), tag, timeout, how);
  }

  /// The same with a tail.
  commit_result publish(T const& value, std::span<std::type_identity_t<Tail> const> tail, std::uint32_t tag = 0,
                        std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept
      requires(!std::is_void_v<Tail>) {
    auto room = reserve(tail.size(), timeout, how);
    if (!room) return {room.status(), 0};
    *room = value;
    std::copy(tail.begin(), tail.end(), room.tail().begin());
    room.tag(tag);
    return room.commit();
  }

  /// The publisher inside, for all that does not depend on T.
  publisher& untyped() noexcept { return role_; }

  explicit operator bool() const noexcept { return static_cast<bool>(role_); }

 private:
  publisher role_;
};

/// A view of one value (and its tail) in the ring itself, or the reason why there is none. As `message`.
template <class T, class Tail = void>
class typed_message {
 public:
  typed_message() noexcept = default;

  explicit operator bool() const noexcept { return status() == quoit::status::ok; }
  quoit::status status() const noexcept { return misfit_ ? quoit::status::corrupt : message_.status(); }

  /// Require status ok.
  T const& operator*() const noexcept { return view().value(); }
  T const* operator->() const noexcept { return &view().value(); }
  auto tail() const noexcept requires(!std::is_void_v<Tail>) { return view().tail(); }

  std::uint64_t sequence() const noexcept { return message_.sequence(); }
  std::uint32_t tag() const noexcept { return message_.tag(); }
  std::int64_t time() const noexcept { return message_.time(); }
  bool whole() const noexcept { return message_.whole(); }
  void release() noexcept { message_.release(); }

 private:
  template <class, class>
  friend class typed_subscriber;

  explicit typed_message(message m) noexcept : message_(std::move(m)) {
    if (!message_ || detail::payload_shape<T, Tail>::fits(message_.bytes().size())) return;
    misfit_ = true;
    message_.release();
  }
  auto view() const noexcept { return detail::payload_view<T, Tail, std::byte const>(message_.bytes()); }

  message message_;
  bool misfit_ = false;
};

/// A reliable subscriber to a channel of T. Move only.
template <class T, class Tail = void>
class typed_subscriber {
  using shape = detail::payload_shape<T, Tail>;

 public:
  typed_subscriber() noexcept = default;

  /// Subscribes. `errc::mismatch` if the channel is of another type; else as `channel::subscriber()`.
  explicit typed_subscriber(channel const& c, subscriber_options const& options = {}) {
    c.require_type(type_of<T, Tail>());
    role_ = c.subscriber(options);
  }

  /// The next value. Waits and answers as `subscriber::receive`; `corrupt` also for a message whose size is not that of
  /// the type, which no typed publisher writes. Such a message is passed over.
  typed_message<T, Tail> receive(std::chrono::nanoseconds timeout = forever, waiting how = waiting::spin) noexcept {
    return typed_message<T, Tail>(role_.receive(timeout, how));
  }

  typed_message<T, Tail> try_receive() noexcept { return typed_message<T, Tail>(role_.try_receive()); }

  /// Hands all values that are there now to `fn(T const&, message const&)`, or with a tail to
  /// `fn(T const&, std::span<Tail const>, message const&)`. As `subscriber::poll`; messages of another size are passed
  /// over, not counted, and make the answer `corrupt`.
  template <class F>
  poll_result poll(F&& fn) {
    std::size_t misfits = 0;
    auto result = role_.poll([&](message const& m) {
      if (!shape::fits(m.bytes().size())) {
        ++misfits;
        return;
      }
      detail::payload_view<T, Tail, std::byte const> const view(m.bytes());
      if constexpr (std::is_void_v<Tail>) {
        fn(view.value(), m);
      } else {
        fn(view.value(), view.tail(), m);
      }
    });
    result.count -= misfits;
    if (misfits > 0 && result.status == status::ok) result.status = status::corrupt;
    return result;
  }

  /// The subscriber inside, for all that does not depend on T.
  subscriber& untyped() noexcept { return role_; }

  explicit operator bool() const noexcept { return static_cast<bool>(role_); }

 private:
  subscriber role_;
};

}  // namespace quoit
