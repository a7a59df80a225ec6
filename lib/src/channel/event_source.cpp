// SPDX-License-Identifier: BSL-1.0
#include "channel/event_source.hpp"

#include "system/fail.hpp"
#include "system/step.hpp"

namespace quoit::detail {

namespace {

sys::unshared_descriptor new_event() {
  sys::descriptor fd(sys::event_fd());
  if (!fd) fail_errno({.doing = "make an event descriptor"});
  return sys::unshared_descriptor(std::move(fd));
}

sys::unshared_descriptor second_number(int of) {
  sys::descriptor fd(sys::duplicate(of));
  if (!fd) fail_errno({.doing = "make an event descriptor"});
  return sys::unshared_descriptor(std::move(fd));
}

}  // namespace

event_source::event_source(attachment const& a, segment::slot& place)
    : watched_standing(a, place), own_(new_event()), shown_(second_number(own_.get())), watch_(*this) {}

event_source::~event_source() {
  // All event descriptors are one inode to the kernel, so the number may have become somebody else's.
  if (!sys::is_same_description(shown_.get(), own_.get())) shown_.forget();
}

status event_source::arm(standing const& where) noexcept {
  if (!sys::is_same_description(shown_.get(), own_.get())) return status::detached;
  // What fired for an earlier arming is taken back; nothing fires in between.
  watch_.arm([&] {
    std::uint64_t count = 0;
    sys::read(own_.get(), &count, sizeof count);
    QUOIT_STEP(event_taken_back);
    stand(where);
    if (!detail::has_news(where)) return true;
    fire();
    return false;
  });
  return status::ok;
}

void event_source::fire() noexcept {
  std::uint64_t const one = 1;
  sys::write(own_.get(), &one, sizeof one);
  QUOIT_STEP(event_fired);
}

}  // namespace quoit::detail
