// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

#include "ring/ring.hpp"

/// \file
/// What a channel in a file keeps if the machine goes down under it. The kernel writes pages back as it likes, so what
/// is on the disk then is a mixture of what the ring held at different times. A sync point says what was there, whole,
/// at one moment: the positions from which and to which, and a digest for each piece of them. Taking a channel up after
/// another boot keeps the newest pieces that are as they were then; those behind the first one that is not were being
/// written over.
///
/// A process that dies takes nothing along: this is about the machine only.

namespace quoit::ring {

/// Writes everything to the disk, and then a sync point that covers it. `file`: the channel's. Throws `quoit::error`.
/// Others may go on publishing meanwhile; what they write over is not covered.
void write_sync_point(ring const& r, int file);

/// Whoever is about to publish, and has its place already, says that the channel is not any more what a clean sync point
/// covers: after another boot the end there is one that died. Costs a flush if there is a clean one, else a read.
/// Throws `errc::busy` if another process writes a sync point and is stopped.
void note_publisher(ring const& r, int file);

/// Makes of the words and of the data what the last sync point covers and the disk still has; of everything if there is
/// none: an empty channel. Nobody else uses the channel. Nothing that is kept is written, so that it may be killed and
/// begun again.
void restore(ring const& r, int file);

}  // namespace quoit::ring
