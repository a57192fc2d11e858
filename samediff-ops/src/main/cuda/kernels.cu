// All device kernels: made into PTX by the Maven profile `ptx`, and into a library for tests by the emulation.
#include "activation.h"
#include "channel.h"
#include "dropout.h"
#include "linear.h"
#include "norm.h"
#include "relu.h"
#include "stream.h"
