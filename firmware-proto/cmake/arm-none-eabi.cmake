# For boards without an operating system. SERIALSCRIBE_CPU names the core; a Cortex-M4 and M7 get
# their floating-point unit, as an STM32F4 has it.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_C_COMPILER arm-none-eabi-gcc)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY) # a program would need a linker script

set(SERIALSCRIBE_CPU cortex-m4 CACHE STRING "The core, as the compiler names it")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES SERIALSCRIBE_CPU)
set(float "")
if(SERIALSCRIBE_CPU STREQUAL cortex-m4)
  set(float "-mfloat-abi=hard -mfpu=fpv4-sp-d16")
elseif(SERIALSCRIBE_CPU STREQUAL cortex-m7)
  set(float "-mfloat-abi=hard -mfpu=fpv5-d16")
endif()
set(CMAKE_C_FLAGS_INIT "-mcpu=${SERIALSCRIBE_CPU} -mthumb ${float}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
