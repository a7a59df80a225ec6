// SPDX-License-Identifier: BSL-1.0
// Subscribers and readers, reliable and lossy, of a header that is written over between their calls, while they handle
// a message, and while they hold views; and the publisher beside them.
#include <array>
#include <deque>

#include <fcntl.h>

#include "scene.hpp"
#include "system/descriptor.hpp"

using namespace quoit;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t capacity = 4096;

start_point start_of(fuzz::input& in) {
  switch (in.below(5)) {
    case 0: return next;
    case 1: return latest;
    case 2: return from_sequence(in.value(1));
    case 3: return from_time(std::chrono::nanoseconds(in.byte()));
    default: return oldest;
  }
}

subscriber_options join(fuzz::input& in) {
  bool const is_lossy = in.flag();
  return {.start = start_of(in), .delivery = is_lossy ? lossy : reliable, .conflate = is_lossy && in.flag()};
}

/// Roles of messages, and where their mappings are.
class messages_scene {
 public:
  messages_scene(channel const& ch, fuzz::input& in) : channel_(&ch), pub_(ch.publisher({.patience = 1us})) {
    // The first record starts at position 0, whatever becomes of the words later.
    auto room = pub_.try_reserve(8);
    written_ = room.bytes().data() - segment::prefix_bytes;
    room.commit();
    probe_ = ch.subscriber({.start = oldest, .delivery = lossy});
    first_ = probe_.try_receive();
    read_ = first_.bytes().data() - segment::prefix_bytes;
    sub_ = ch.subscriber(join(in));
    set_.add(sub_, 1);
  }

  void step(support::hostile_peer const& p, fuzz::input& in) {
    switch (in.below(14)) {
      case 0: publish(in); break;
      case 1: publish_batch(in); break;
      case 2:
        sub_.poll([&](message const& m) {
          look(m);
          if (in.flag()) fuzz::patch(p, in);
        });
        break;
      case 3: {
        std::array<std::byte, 300> copy;
        auto const got = sub_.receive_into(copy, 1us);
        fuzz::require(!got || got.size <= copy.size(), "a copy that fits");
        break;
      }
      case 4: keep(sub_.try_receive()); break;
      case 5: release(in); break;
      case 6: sub_.rewind(start_of(in)); break;
      case 7: sub_ = channel_->subscriber(join(in)); break;
      case 8: set_.wait(0s); break;
      case 9: rare(in); break;
      case 10: leave_and_come_back(in); break;
      case 11:
        look(first_);
        sub_.lag();
        break;
      default: keep(sub_.receive(1us, in.flag() ? waiting::sleep : waiting::spin));
    }
  }

 private:
  void look(message const& m) const {
    fuzz::require_inside(m.bytes(), read_, capacity);
    m.whole();
    m.publisher();
  }
  void keep(message m) {
    if (!m) return;
    look(m);
    held_.push_back(std::move(m));
  }
  void release(fuzz::input& in) {
    if (held_.empty()) return;
    auto const at = held_.begin() + static_cast<std::ptrdiff_t>(in.below(held_.size()));
    look(*at);
    held_.erase(at);
  }
  void publish(fuzz::input& in) {
    auto room = pub_.reserve(in.below(2048), 1us);
    if (!room) return;
    fuzz::require_inside(room.bytes(), written_, capacity);
    std::memset(room.bytes().data(), 1, room.bytes().size());
    if (in.byte() % 4 != 0) room.commit(in.below(room.bytes().size() + 1));
  }
  void publish_batch(fuzz::input& in) {
    auto batch = pub_.reserve_batch(1 + in.below(4), in.below(1000), 1us);
    for (auto n = in.below(4); n > 0; --n) {
      auto const room = batch.append(in.byte());
      if (!room) break;
      fuzz::require_inside(room.bytes, written_, capacity);
      std::memset(room.bytes.data(), 1, room.bytes.size());
    }
    if (in.byte() % 4 != 0) batch.commit();
  }
  void leave_and_come_back(fuzz::input& in) {
    pub_.close();
    pub_ = channel_->publisher({.patience = in.flag() ? std::chrono::nanoseconds(forever) : 1us});
  }
  void rare(fuzz::input& in) {
    switch (in.below(8)) {
      case 0:
        sub_.event_fd();
        sub_.arm();
        break;
      case 1: channel_->participants(); break;
      case 2: sub_.label_of({static_cast<std::uint32_t>(in.below(16)), in.byte()}); break;
      case 3:
        for (auto const& s : pub_.subscribers()) pub_.evict(s);
        break;
      default: sub_.arm();
    }
  }

  channel const* channel_;
  publisher pub_;
  subscriber probe_;
  message first_;
  std::byte const* written_ = nullptr;
  std::byte const* read_ = nullptr;
  subscriber sub_;
  std::deque<message> held_;
  wait_set set_;
};

/// The same for a stream.
class stream_scene {
 public:
  stream_scene(channel const& ch, fuzz::input& in) : channel_(&ch), writer_(ch.stream_writer({.patience = 1us})) {
    auto const room = writer_.try_prepare(8);
    written_ = room.bytes.data();
    writer_.commit(8);
    probe_ = ch.stream_reader({.start = oldest, .delivery = lossy});
    read_ = probe_.try_data().bytes.data();
    reader_ = ch.stream_reader(join_stream(in));
    set_.add(reader_, 1);
  }

  void step(support::hostile_peer const& p, fuzz::input& in) {
    switch (in.below(13)) {
      case 0:
      case 1: write(in); break;
      case 2: {
        std::array<std::byte, 300> copy;
        auto const got = reader_.read(copy, 1us);
        fuzz::require(got.count <= copy.size(), "a copy that fits");
        break;
      }
      case 3: look(reader_.try_data()); break;
      case 4: reader_.write_to(nowhere_.get(), in.below(5000), 1us); break;
      case 5: reader_.rewind(in.flag() ? start_point(oldest) : from_sequence(in.value(0))); break;
      case 6: reader_ = channel_->stream_reader(join_stream(in)); break;
      case 7: set_.wait(0s); break;
      case 8: rare(in); break;
      case 9:
        writer_.close();
        writer_ = channel_->stream_writer({.patience = in.flag() ? std::chrono::nanoseconds(forever) : 1us});
        break;
      case 10:
        reader_.whole();
        reader_.lag();
        break;
      case 11: {
        auto const v = reader_.data(in.below(5000), 1us);
        fuzz::patch(p, in);
        look(v);
        reader_.consume(in.below(5000));
        break;
      }
      default: {
        auto const v = reader_.data(1, 1us, in.flag() ? waiting::sleep : waiting::spin);
        look(v);
        reader_.consume(v.bytes.size());
      }
    }
  }

 private:
  static subscriber_options join_stream(fuzz::input& in) {
    auto const where = in.below(3);
    return {.start = where == 0   ? start_point(next)
                     : where == 1 ? start_point(oldest)
                                  : from_sequence(in.value(0)),
            .delivery = in.flag() ? lossy : reliable};
  }
  void look(stream_view const& v) const { fuzz::require_inside(v.bytes, read_, capacity); }
  void write(fuzz::input& in) {
    auto const room = in.flag() ? writer_.prepare(in.below(5000), 1us) : writer_.prepare_some(in.below(5000), 1us);
    fuzz::require_inside(room.bytes, written_, capacity);
    if (!room.bytes.empty()) std::memset(room.bytes.data(), 1, room.bytes.size());
    writer_.commit(in.below(room.bytes.size() + 2));
  }
  void rare(fuzz::input& in) {
    switch (in.below(8)) {
      case 0:
        reader_.event_fd();
        reader_.arm();
        break;
      case 1: channel_->participants(); break;
      case 2:
        for (auto const& s : writer_.readers()) writer_.evict(s);
        break;
      default: reader_.arm();
    }
  }

  channel const* channel_;
  sys::descriptor nowhere_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  stream_writer writer_;
  stream_reader probe_;
  std::byte const* written_ = nullptr;
  std::byte const* read_ = nullptr;
  stream_reader reader_;
  wait_set set_;
};

template <class Scene>
void play(channel const& ch, fuzz::input& in) {
  Scene scene(ch, in);
  support::hostile_peer const peer(ch);
  while (!in.empty()) {
    if (in.flag()) {
      fuzz::patch(peer, in);
      continue;
    }
    try {
      scene.step(peer, in);
    } catch (error const&) {
      // a role that cannot be had, a place to start that is not held
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz::input in(data, size);
  try {
    auto const ch = fuzz::make_channel(in);
    ch.info().kind == stream ? play<stream_scene>(ch, in) : play<messages_scene>(ch, in);
  } catch (error const&) {
    // a start that is not there
  }
  return 0;
}
