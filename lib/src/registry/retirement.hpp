// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "registry/reach.hpp"

/// \file
/// Telling those inside a channel that its name leads elsewhere. They are told before the name is changed: whoever is
/// killed in between leaves a name whose channel knows that it is retired, and that is mended by the next one who looks
/// at the name. The other way round, those inside would never know.

namespace quoit::registry {

/// What the registry asks of the channels themselves, whose memory it knows nothing of.
class channel_side {
 public:
  /// Tells those inside that the name leads elsewhere. With `what`, throws unless it is the memory that this means.
  virtual void retire(segment::objects objects, description const* what) const = 0;
  /// Whether they were told.
  virtual bool is_retired(segment::objects objects, description const* what) const = 0;

 protected:
  ~channel_side() = default;
};

/// Tells those who hold it now, and by the same word all who come later. Without effect on the name. False: nobody
/// holds it. Throws `errc::unreachable` if the holders cannot be told. The caller has a janitor's lock.
bool tell_retired(entry const& e, channel_side const& channels);

/// Deletes the file of a channel that was told, by one who was killed before he saw to it. True: look again.
bool finish_removal(entry const& e);

/// Throws `errc::exists` if there are holders who were not told.
void refuse_if_held(entry const& e, channel_side const& channels);

}  // namespace quoit::registry
