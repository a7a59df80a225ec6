// SPDX-License-Identifier: BSL-1.0
#include "channel/observation.hpp"

#include <fmt/format.h>

#include "registry/registry.hpp"
#include "segment/channel_file.hpp"
#include "segment/superblock.hpp"
#include "system/fail.hpp"

namespace quoit::detail {

namespace {

constexpr auto only_read = mirror::access::read_only;

/// What a registry file says may be the work of somebody who means harm.
void require_named(segment::memory const& m, std::string_view name, std::string const& path) {
  auto const found = segment::name_of(m.super());
  if (found == name) return;
  fail(errc::damaged, {.path = path,
                       .expected = fmt::format("the file of the channel {}", name),
                       .found = "that of the channel " + printable(found),
                       .advice = "open it by its path, or remove this name"});
}

}  // namespace

std::shared_ptr<observation> observation::find(std::string_view name, mapping_options const& how,
                                               std::optional<uid_t> owner) {
  auto found = registry::find(name, only_read, owner);
  if (!found) {
    auto const path = registry::dormant_file(name, only_read, owner);
    auto o = path.empty() ? nullptr : of_file(name, path, how, owner);
    if (o != nullptr) require_named(o->memory_, name, path);
    return o;
  }
  auto memory = segment::memory::attach(std::move(found->objects), how, only_read);
  registry::require_meant(found->what, memory.super());
  return std::make_shared<observation>(std::move(memory), std::string(name), found->what.path.data());
}

std::shared_ptr<observation> observation::of_file(std::string_view name, std::string const& path,
                                                  mapping_options const& how, std::optional<uid_t> owner) {
  auto objects = segment::open_file(path, only_read, owner);
  if (!objects) return nullptr;
  return std::make_shared<observation>(segment::memory::attach(std::move(objects), how, only_read), std::string(name),
                                       path);
}

std::shared_ptr<observation> observation::from(handles const& h, mapping_options const& how) {
  auto const reopen = [](int fd) {
    auto const path = fmt::format("/proc/self/fd/{}", fd);
    sys::descriptor own(sys::open_at(AT_FDCWD, path.c_str(), O_RDONLY));
    if (!own) fail_errno({.doing = "open a descriptor that was handed over once more", .path = path});
    return own;
  };
  segment::objects o;
  o.header = reopen(h.header);
  o.data = reopen(h.data);
  return std::make_shared<observation>(segment::memory::attach(std::move(o), how, only_read), std::string(),
                                       std::string());
}

observation::observation(segment::memory memory, std::string name, std::string path)
    : mark_(sys::own_mark()),
      name_(std::move(name)),
      path_(std::move(path)),
      memory_(std::move(memory)),
      data_(memory_.map_data(only_read)),
      ring_(memory_.geometry(), memory_.super().key, memory_.control(), memory_.header_fd(), memory_.lock_file(),
            {.data = data_->base(), .lost = &memory_.is_lost()}) {}

}  // namespace quoit::detail
